// outcome: completed; later found=[]; beside served
// `v8.promiseHooks` is shown every promise of the process, other actions' among them, and each can be asked for its value.
const v8 = require('node:v8')
const found = new Set()
const look = (promise) => {
  if (promise instanceof Promise) found.add('a promise')
}
const ways = {
  onInit: () => v8.promiseHooks.onInit(look),
  onBefore: () => v8.promiseHooks.onBefore(look),
  onAfter: () => v8.promiseHooks.onAfter(look),
  onSettled: () => v8.promiseHooks.onSettled(look),
  createHook: () => v8.promiseHooks.createHook({ init: look, settled: look }),
  'imported createHook': async () => (await import('node:v8')).promiseHooks.createHook({ init: look }),
  'imported, whole': async () => (await import('node:v8')).default.promiseHooks.onInit(look),
}
exports.onExecuteCredentialsExchange = async () => {
  for (const hook of Object.values(ways)) {
    try {
      const stop = await hook()
      setTimeout(stop, 50)
    } catch {
      // Refused.
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
