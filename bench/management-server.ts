/**
 * A server for `bench/management.ts`, as `symbolon serve` is one, for whoever runs it: DATA_DIR and PORT say where. Answers its parent with the
 * client that manages it and the milliseconds its start took, of time and of CPU time, once it is ready.
 */
import { collectAfterReading } from '../src/cli/running.ts'
import { compose } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { createObserver } from '../src/observe.ts'

const config = readConfig({ ...process.env })
const server = await compose({
  config,
  observer: createObserver({ level: config.logLevel }),
  tenant: 'bench',
  domain: 'auth.example.com',
  errorDetail: false,
  recordsEvents: false,
  makesSealingKey: true,
  egress: { kind: 'open' },
  isLocal: true,
  managementClient: 'generated',
})
await server.serveStored()
await server.listen()
collectAfterReading()
server.markReady()
const { user, system } = process.cpuUsage()
const startCpuMs = (user + system) / 1_000
process.send?.({ managementClient: server.managementClient, startMs: performance.now(), startCpuMs })
process.once('SIGTERM', () => {
  void server.close().finally(() => process.exit(0))
})
