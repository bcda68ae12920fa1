/**
 * Runs very many executions in one process and prints its resident size on the way: nothing may grow. Asserts nothing.
 */
import { residentMiB } from './cpu.ts'
import { invocation, line, openPool } from './pool.ts'
import { action } from './tenant.ts'

const executions = Number(process.argv[2] ?? 1_000_000)
const inFlight = 32

const bench = await openPool()
const versions = bench.bind({ code: action, secrets: { TIER: 'gold' } })
await bench.pool.prepare(versions)
const [pid] = bench.pool.pids
if (pid === undefined) throw new Error('no process')
line('a child, loaded and idle', `${residentMiB(pid).toFixed(0)} MiB`, 'bar 50 MiB')
const one = invocation(versions)
let done = 0
const run = (upTo: number) =>
  Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (done < upTo) {
        done += 1
        const [outcome] = await bench.pool.invoke(one)
        if (outcome?.kind !== 'completed') throw new Error(JSON.stringify(outcome))
      }
    }),
  )
const marks = [0.05, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * executions))
for (const mark of marks) {
  await run(mark)
  line(
    `resident size after ${mark} executions`,
    `${residentMiB(pid).toFixed(0)} MiB`,
    mark === marks[0] ? 'nothing grows from here' : '',
  )
  line('  the host that calls it', `${residentMiB(process.pid).toFixed(0)} MiB`, '')
}
if (bench.pool.pids[0] !== pid) throw new Error('the process was replaced on the way')
bench.close()
