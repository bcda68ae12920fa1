/**
 * Measures what the process boundary costs: CPU time of host and child for one execution at 32 in flight, each followed by a signature as
 * a real exchange is, as a ratio to one raw RSA-2048 signature in the same process. Prints ratios and conditions; asserts nothing.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BoundVersion } from '../src/domain/index.ts'
import { type FixedEvent, type Invocation, SharedTriggerCache } from '../src/engine/index.ts'
import { buildPrograms, RunnerPool } from '../src/runner/index.ts'
import { cpuMicroseconds, residentMiB } from './cpu.ts'
import { action } from './tenant.ts'

const rounds = Number(process.argv[2] ?? 20)
const inFlight = 32
const executionsASample = 3_000

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signingInput = Buffer.alloc(700, 'a')
const signOnce = () => sign('RSA-SHA256', signingInput, privateKey)

const fixed: FixedEvent = {
  client: {
    client_id: 'billing',
    name: 'billing',
    metadata: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [i === 0 ? 'plan' : `key${i}`, 'x'.repeat(120)])),
  },
  configuration: {},
  resource_server: { identifier: 'https://orders.example.com' },
  tenant: { id: 'bench' },
}

function invocation(versions: readonly BoundVersion[]): Invocation {
  return {
    versions,
    fixed,
    varying: {
      request: {
        body: {
          grant_type: 'client_credentials',
          client_id: 'billing',
          audience: 'https://orders.example.com',
          note: 'x'.repeat(1_200),
        },
        geoip: {},
        hostname: 'localhost',
        ip: '127.0.0.1',
        language: 'en',
        method: 'POST',
        user_agent: 'symbolon-bench',
      },
      requested_scopes: [],
      scopes: ['read:orders', 'write:orders', 'delete:orders'],
      system: false,
    },
    deadlineMs: 20_000,
  }
}

const root = mkdtempSync(join(tmpdir(), 'symbolon-boundary-'))
const programs = await buildPrograms(root)
const pool = new RunnerPool({
  root,
  program: programs.child,
  spawnerProgram: programs.spawner,
  isolation: 'trigger',
  maxProcesses: 1,
  limits: { node: process.execPath, heapMiB: 128, memoryMiB: 256, stuckMs: 5_000, consoleCharacters: 256 },
  inFlight: 64,
  queue: 1_000,
  cache: new SharedTriggerCache(),
  clock: Date.now,
  graceMs: 1_000,
  content: async ({ version_id, action_name }) => ({
    version_id,
    action_name,
    code: action,
    secrets: { TIER: 'gold' },
  }),
  events: {
    onSpawn: () => undefined,
    onEnd: (reason) => process.stderr.write(`${reason}\n`),
    onBreaker: () => undefined,
    onLate: () => undefined,
    onDefect: (error) => process.stderr.write(`${error.stack}\n`),
  },
})

function bound(count: number): readonly BoundVersion[] {
  return Array.from({ length: count }, (_, i) => ({
    binding_id: `b${count}-${i}`,
    action_id: `a${count}-${i}`,
    action_name: `action ${i}`,
    version_id: `v${count}-${i}`,
    number: 1,
  }))
}

async function run(versions: readonly BoundVersion[], count: number, signs: boolean): Promise<void> {
  const one = invocation(versions)
  let left = count
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1
        const outcomes = await pool.invoke(one)
        if (outcomes.length !== versions.length || outcomes.some(({ kind }) => kind !== 'completed'))
          throw new Error(`not completed: ${JSON.stringify(outcomes).slice(0, 400)}`)
        if (signs) signOnce()
      }
    }),
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const line = (name: string, figure: string, bar: string) =>
  process.stdout.write(`${name.padEnd(58)} ${figure.padStart(22)}   ${bar}\n`)

function rawSignature(count: number): number {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) signOnce()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

try {
  process.stdout.write(
    `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; ${rounds} alternating samples of ${executionsASample} executions, ${inFlight} in flight; medians\n\n`,
  )
  const cases = [1, 3, 5]
  const figures = new Map(
    cases.map((count) => [count, { host: Array.of<number>(), child: Array.of<number>(), ratio: Array.of<number>() }]),
  )
  const groups = new Map(cases.map((count) => [count, bound(count)]))
  const childOf = new Map<number, number>()
  for (const [count, versions] of groups) {
    const before = new Set(pool.pids)
    await pool.prepare(versions)
    const [pid] = pool.pids.filter((each) => !before.has(each))
    if (pid === undefined) throw new Error('no process')
    childOf.set(count, pid)
    await run(versions, 20_000, false)
  }
  rawSignature(2_000)
  for (let round = 0; round < rounds; round++) {
    for (const [count, versions] of groups) {
      const pid = childOf.get(count) ?? 0
      const rawBefore = rawSignature(400)
      const before = { host: process.cpuUsage(), child: cpuMicroseconds(pid) }
      await run(versions, executionsASample, true)
      const host = process.cpuUsage(before.host)
      const child = (cpuMicroseconds(pid) - before.child) / executionsASample
      const raw = (rawBefore + rawSignature(400)) / 2
      const ownHost = (host.user + host.system) / executionsASample - raw
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
  pool.close()
  rmSync(root, { recursive: true, force: true })
}
