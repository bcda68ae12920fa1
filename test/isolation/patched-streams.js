// outcome: completed; later found=[]; beside served
const found = new Set()
const { EventEmitter } = require('node:events')
const { Readable, Writable } = require('node:stream')
const net = require('node:net')
exports.onExecuteCredentialsExchange = async () => {
  for (const owner of [EventEmitter, Readable, Writable, net.Socket]) {
    for (const name of Reflect.ownKeys(owner.prototype)) {
      const original = Reflect.getOwnPropertyDescriptor(owner.prototype, name)?.value
      if (typeof original !== 'function' || name === 'constructor') continue
      owner.prototype[name] = function (...args) {
        if (this instanceof net.Socket && this._handle?.constructor?.name === 'Pipe')
          found.add(`the socket, by ${String(name)}`)
        return Reflect.apply(original, this, args)
      }
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
