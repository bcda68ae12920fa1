/**
 * Measures how much longer the first exchange after a deployment takes than a warm one, while other exchanges go on, and whether any fails.
 * Asserts nothing.
 */
import { openServer } from '../test/support/server.ts'
import { line, median } from './pool.ts'

const deploys = Number(process.argv[2] ?? 30)

function stamped(stamp: number) {
  const code = `exports.onExecuteCredentialsExchange = async (event, api) => { api.accessToken.setCustomClaim('stamp', ${stamp}) }`
  return { actions: [{ name: 'stamped', code }] }
}

const server = await openServer(stamped(0), { LOG_LEVEL: 'silent' })
const first: number[] = []
const warm: number[] = []
let failed = 0
let exchanges = 0
const time = async (stamp: number) => {
  const startedAt = performance.now()
  const answer = await server.token()
  exchanges += 1
  if (answer.status !== 200 || answer.claims.stamp !== stamp) failed += 1
  return performance.now() - startedAt
}
for (let i = 0; i < 500; i++) await time(0)
for (let stamp = 1; stamp <= deploys; stamp++) {
  for (let i = 0; i < 30; i++) warm.push(await time(stamp - 1))
  let isDeployed = false
  // One that goes on meanwhile, on whichever version there is.
  const meanwhile = (async () => {
    while (!isDeployed) {
      const { status } = await server.token()
      exchanges += 1
      if (status !== 200) failed += 1
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  await server.serve(stamped(stamp))
  first.push(await time(stamp))
  isDeployed = true
  await meanwhile
}
await server.close()
line('first exchange after a deployment', `${(median(first) - median(warm)).toFixed(1)} ms longer`, 'bar 5 ms')
line('', `${median(first).toFixed(2)}, warm ${median(warm).toFixed(2)} ms`, `${deploys} deployments`)
line('exchanges that failed meanwhile', `${failed} of ${exchanges}`, 'bar 0')
process.exit(0)
