/** A server that starts a process and one to stand by, and lives until it is killed. */
import { handler, openPool } from '../../support/runner.ts'

const opened = await openPool()
process.stdout.write('starts\n')
await opened.pool.prepare(opened.bind(handler('')))
setInterval(() => undefined, 1_000)
