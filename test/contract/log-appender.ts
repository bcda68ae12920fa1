/** Appends to a log until it is killed, and prints the number of each event once it is acknowledged: what `log-store-kill.test.ts` kills. */
import { openSqliteLogStore } from '../../src/storage/sqlite/log-store.ts'

const [file, batches] = process.argv.slice(2)
if (file === undefined || batches === undefined) throw new Error('usage: log-appender.ts FILE BATCHES')
const logs = await openSqliteLogStore({
  file,
  durability: 'commit',
  clock: Date.now,
  onDefect: (error) => {
    throw error
  },
})
// As the parent made it: the test's own modules need vitest, which is not here.
const { event, execution } = JSON.parse(batches)
let last = 0
async function appendForever(): Promise<never> {
  for (;;) {
    last += 1
    const number = last
    const id = `run ${number}`
    await logs.append({
      events: [{ ...event, description: String(number) }],
      executions: [{ ...execution, id }],
    })
    process.stdout.write(`${number}\n`)
  }
}
await Promise.all(Array.from({ length: 16 }, appendForever))
