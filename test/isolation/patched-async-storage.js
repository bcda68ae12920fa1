// outcome: completed; later found=[]; beside served
// The methods of AsyncLocalStorage and AsyncResource, replaced: the one that tells turns apart is not asked through them.
const asyncHooks = require('node:async_hooks')
const found = new Set()
const { AsyncLocalStorage, AsyncResource } = asyncHooks
exports.onExecuteCredentialsExchange = async () => {
  for (const owner of [AsyncLocalStorage.prototype, AsyncResource.prototype, AsyncLocalStorage, AsyncResource]) {
    for (const name of Reflect.ownKeys(owner)) {
      const original = Reflect.getOwnPropertyDescriptor(owner, name)?.value
      if (typeof original !== 'function' || name === 'constructor' || name === 'prototype') continue
      try {
        owner[name] = function (...args) {
          if (typeof args[0] === 'object' && args[0] !== null) found.add(String(name))
          if (new Error().stack.includes('child.cjs:')) found.add(`${String(name)}, from ours`)
          return Reflect.apply(original, this, args)
        }
      } catch {
        // Refused.
      }
    }
  }
}
exports.report = async (_event, api) => {
  // What calls it now is this action itself, from within ours.
  api.accessToken.setCustomClaim('found', Array.from(found))
}
