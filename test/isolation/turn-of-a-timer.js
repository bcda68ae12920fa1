// outcome: completed; claim found=[]; beside served
// What an asynchronous resource carries of the program around the action: an object of the host's, by a symbol (isolated-vm: leaked references).
const { AsyncResource } = require('node:async_hooks')
const known = ['number', 'boolean', 'undefined', 'string']
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const found = []
  const resources = {
    'a timer': setTimeout(() => {}, 1),
    'an immediate': setImmediate(() => {}),
    'a promise': Promise.resolve().then(() => {}),
    'a resource': new AsyncResource('own'),
    'a request': require('node:fs').stat(__filename, () => {}),
  }
  for (const [name, resource] of Object.entries(resources)) {
    for (const symbol of Object.getOwnPropertySymbols(resource ?? {})) {
      if (!known.includes(typeof resource[symbol])) found.push(`${name}: ${symbol.description}`)
    }
  }
  api.accessToken.setCustomClaim('found', found)
}
