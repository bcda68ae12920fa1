// outcome: completed; later found=[]; beside served
// An AsyncLocalStorage of Node's own is handed every asynchronous resource of the process: the transport is the argument of a tick.
const { AsyncLocalStorage } = require('node:async_hooks')
const { Socket } = require('node:net')
const found = new Set()
const look = (resource) => {
  for (const value of [resource, resource?.handle, ...(resource?.args ?? [])]) {
    if (value instanceof Socket || value?.stream instanceof Socket) found.add('a socket')
    if (value instanceof Promise) found.add('a promise')
    if (value?.constructor?.name === 'Pipe') found.add('a pipe')
  }
}
const storage = new AsyncLocalStorage()
storage._propagate = look
AsyncLocalStorage.prototype._propagate = look
storage.enterWith({})
const fake = { enabled: false, _enable: AsyncLocalStorage.prototype._enable, _propagate: look, getStore() {} }
try {
  AsyncLocalStorage.prototype.run.call(fake, {}, () => {})
} catch {
  // Refused.
}
exports.onExecuteCredentialsExchange = async () => storage.run({}, () => {})
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
