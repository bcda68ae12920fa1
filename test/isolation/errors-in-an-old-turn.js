// outcome: completed; later survived=true; beside served
// AsyncLocalStorage: what throws in the context of a turn that is over fails nobody, least of all the exchange that runs now.
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
let snapshot
let resource
exports.onExecuteCredentialsExchange = async () => {
  snapshot = AsyncLocalStorage.snapshot()
  resource = new AsyncResource('old')
}
exports.report = async (_event, api) => {
  const fail = () => {
    throw new Error('of an old turn')
  }
  snapshot(() => {
    queueMicrotask(fail)
    setTimeout(fail, 1)
    // biome-ignore lint/nursery/noFloatingPromises: the attack
    Promise.reject(new Error('of an old turn'))
  })
  resource.runInAsyncScope(() => setImmediate(fail))
  await new Promise((resolve) => setTimeout(resolve, 20))
  api.accessToken.setCustomClaim('survived', true)
}
