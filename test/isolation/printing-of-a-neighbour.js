// outcome: completed; later found=[]; beside served
// What another action prints, as text on its way: through the classes of consoles and streams, every method and symbol of them replaced.
const { Console } = require('node:console')
const { Duplex, Readable, Stream, Writable } = require('node:stream')
const { EventEmitter } = require('node:events')
const found = new Set()
const { apply, ownKeys, getOwnPropertyDescriptor } = Reflect
const isPrinted = (value) => (typeof value === 'string' || value instanceof String) && value.startsWith('bystander')
exports.onExecuteCredentialsExchange = async () => {
  const owners = [Console, Writable, Readable, Duplex, Stream, EventEmitter].flatMap((type) => [type, type.prototype])
  owners.push(Object.getPrototypeOf(new Writable()._writableState), Object.getPrototypeOf(globalThis.console))
  for (const owner of owners) {
    for (const name of ownKeys(owner)) {
      const original = getOwnPropertyDescriptor(owner, name)?.value
      if (typeof original !== 'function' || name === 'constructor' || name === 'prototype') continue
      try {
        owner[name] = function (...args) {
          if (args.some(isPrinted)) found.add(String(name))
          return apply(original, this, args)
        }
      } catch {
        // Refused.
      }
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', [...found])
