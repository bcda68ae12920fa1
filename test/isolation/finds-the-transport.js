// outcome: completed; claim found=[]; beside served
const net = require('node:net')
const asyncHooks = require('node:async_hooks')
const isSocket = (value) => value instanceof net.Socket
const ways = {
  _getActiveHandles: () => process._getActiveHandles().some(isSocket),
  '_getActiveHandles, imported': async () => (await import('node:process'))._getActiveHandles().some(isSocket),
  _getActiveRequests: () => process._getActiveRequests().length > 0,
  executionAsyncResource: () => Object.keys(asyncHooks.executionAsyncResource()).length > 0,
  createHook: () => asyncHooks.createHook({ init() {} }).enable(),
  'createHook, imported': async () => (await import('node:async_hooks')).createHook({ init() {} }).enable(),
  'listeners of the process': () => process.listeners('uncaughtException').some((listener) => listener.caller),
  'module.children': () => module.children?.length,
  'require.cache': () => Object.keys(require.cache).length > 0,
  'module.parent': () => module.parent,
  'module.constructor.cache': () => Object.keys(module.constructor._cache ?? {}).length > 0,
  'process.mainModule': () => process.mainModule,
  'globals of the program': () =>
    typeof socket !== 'undefined' || typeof writer !== 'undefined' || typeof actions !== 'undefined',
  'symbols of the process': () => Object.getOwnPropertySymbols(process).some((symbol) => isSocket(process[symbol])),
  'the source of the program': () => false,
  'diagnostics of net': () => {
    let seen = false
    require('node:diagnostics_channel').subscribe('net.client.socket', () => {
      seen = true
    })
    return seen
  },
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const found = []
  for (const [name, look] of Object.entries(ways)) {
    try {
      if (await look()) found.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('found', found)
}
