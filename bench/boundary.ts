/**
 * Measures what the process boundary costs: CPU time of host and child for one execution at 32 in flight, as a ratio to one raw RSA-2048
 * signature in the same process. What it costs between signatures, in whole exchanges, is in `main.ts`. Prints ratios and conditions;
 * asserts nothing.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { cpus } from 'node:os'
import type { BoundVersion } from '../src/domain/index.ts'
import { cpuMicroseconds, residentMiB } from './cpu.ts'
import { invocation, line, median, openPool } from './pool.ts'
import { action } from './tenant.ts'

const rounds = Number(process.argv[2] ?? 40)
const inFlight = 32
const executionsASample = 1_500

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signingInput = Buffer.alloc(700, 'a')
const signOnce = () => sign('RSA-SHA256', signingInput, privateKey)

async function run(versions: readonly BoundVersion[], count: number): Promise<void> {
  const one = invocation(versions)
  let left = count
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1
        const outcomes = await pool.invoke(one)
        if (outcomes.length !== versions.length || outcomes.some(({ kind }) => kind !== 'completed'))
          throw new Error(`not completed: ${JSON.stringify(outcomes).slice(0, 400)}`)
      }
    }),
  )
}

function rawSignature(count: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) signOnce()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

const bench = await openPool()
const { pool } = bench
try {
  process.stdout.write(
    `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; ${rounds} alternating samples of ${executionsASample} executions, ${inFlight} in flight; medians\n\n`,
  )
  const cases = [1, 3, 5]
  const figures = new Map(
    cases.map((count) => [count, { host: Array.of<number>(), child: Array.of<number>(), ratio: Array.of<number>() }]),
  )
  const groups = new Map(
    cases.map((count) => [
      count,
      bench.bind(...Array.from({ length: count }, () => ({ code: action, secrets: { TIER: 'gold' } }))),
    ]),
  )
  const childOf = new Map<number, number>()
  for (const [count, versions] of groups) {
    const before = new Set(pool.pids)
    await pool.prepare(versions)
    const [pid] = pool.pids.filter((each) => !before.has(each))
    if (pid === undefined) throw new Error('no process')
    childOf.set(count, pid)
    await run(versions, 20_000)
  }
  rawSignature(2_000)
  for (let round = 0; round < rounds; round++) {
    for (const [count, versions] of groups) {
      const pid = childOf.get(count) ?? 0
      const rawBefore = rawSignature(400)
      const before = { host: process.cpuUsage(), child: cpuMicroseconds(pid) }
      await run(versions, executionsASample)
      const host = process.cpuUsage(before.host)
      const child = (cpuMicroseconds(pid) - before.child) / executionsASample
      const raw = (rawBefore + rawSignature(400)) / 2
      const ownHost = (host.user + host.system) / executionsASample
      const figure = figures.get(count)
      figure?.host.push(ownHost)
      figure?.child.push(child)
      figure?.ratio.push((ownHost + child) / raw)
    }
  }
  line('one raw RSA-2048 signature', `${rawSignature(2_000).toFixed(1)} µs`, '')
  for (const [count, { host, child, ratio }] of figures) {
    const spread = `${Math.min(...ratio).toFixed(3)}–${Math.max(...ratio).toFixed(3)}`
    line(
      `the boundary, ${count} Action${count > 1 ? 's' : ''}`,
      `${median(ratio).toFixed(3)} × (${spread})`,
      count === 1 ? 'bar 0.2 ×' : '',
    )
    line('', `${median(host).toFixed(1)} + ${median(child).toFixed(1)} µs`, 'host + child')
  }
  const of = (count: number) => median(figures.get(count)?.ratio ?? [])
  line('each further Action', `${((of(5) - of(1)) / 4).toFixed(3)} ×`, 'bar 0.08 ×')
  line('a child with one Action, after the load', `${residentMiB(childOf.get(1) ?? 0).toFixed(0)} MiB`, 'bar 50 MiB')
} finally {
  bench.close()
}
