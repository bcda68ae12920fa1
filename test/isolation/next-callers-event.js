// outcome: completed; later found=[]; beside served
const { AsyncLocalStorage, AsyncResource } = require('node:async_hooks')
const storage = new AsyncLocalStorage()
const found = new Set()
let mine
const look = (value, where) => {
  const caller = value?.request?.body
  if (caller !== undefined && caller !== mine && caller.phase === 'harmless') found.add(where)
}
exports.onExecuteCredentialsExchange = async (event) => {
  mine = event.request.body
  storage.enterWith({ entered: true })
  const resource = new AsyncResource('attack')
  const watch = setInterval(() => {
    look(event, 'own event, later')
    resource.runInAsyncScope(() => look(storage.getStore(), 'own storage'))
    for (const name of ['event', 'message', 'last']) look(globalThis[name], name)
  }, 5)
  setTimeout(() => clearInterval(watch), 500)
}
exports.report = async (_event, api) => {
  if (storage.getStore()?.entered) found.add('storage of another exchange')
  api.accessToken.setCustomClaim('found', [...found])
}
