/** A server with one process that idles and one that loops: prints their ids on one line, and lives until it is killed. */
import { handler, invocation, openPool } from '../../support/runner.ts'

const opened = await openPool()
const idle = opened.bind(handler(''))
const looping = opened.bind(handler('for (;;);'))
await opened.pool.invoke(invocation(idle))
await opened.pool.prepare(looping)
// Killed long before: neither as stuck nor by its deadline would it end in time.
const running = opened.pool.invoke(invocation(looping, { deadlineMs: 60_000 }))
setTimeout(() => process.stdout.write(`${JSON.stringify(opened.pool.pids)}\n`), 200)
await running
