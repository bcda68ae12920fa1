// outcome: completed; later found=[]; beside served
// What Node keeps on its resources under symbols that a timer, an own storage or a parser shows: a setter on a prototype is handed each.
const { AsyncLocalStorage } = require('node:async_hooks')
// biome-ignore lint/style/useNodejsImportProtocol: there is no other spelling
const { HTTPParser } = require('_http_common')
const { Socket } = require('node:net')
const found = new Set()
const look = (resource, symbol) => {
  const where = symbol.description
  if (resource instanceof Promise) found.add(`a promise, by ${where}`)
  for (const value of [resource, ...(Object.getOwnPropertyDescriptor(resource, 'args')?.value ?? [])])
    if (value instanceof Socket || value?.stream instanceof Socket) found.add(`a socket, by ${where}`)
}
const own = new AsyncLocalStorage()
exports.onExecuteCredentialsExchange = async () => {
  const shown = own.run({}, () => {
    const parser = new HTTPParser()
    parser.initialize(HTTPParser.RESPONSE, {})
    return [setTimeout(() => {}, 1), setImmediate(() => {}), Promise.resolve().then(() => {}), parser]
  })
  for (const symbol of shown.flatMap(Object.getOwnPropertySymbols)) {
    for (const owner of [Object.prototype, Promise.prototype]) {
      try {
        Object.defineProperty(owner, symbol, {
          configurable: true,
          get() {
            look(this, symbol)
            return undefined
          },
          set(value) {
            look(this, symbol)
            Object.defineProperty(this, symbol, { value, configurable: true, enumerable: true, writable: true })
          },
        })
      } catch {
        // Refused.
      }
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
