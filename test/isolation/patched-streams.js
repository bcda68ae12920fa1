// outcome: completed; later found=[]; beside served
const found = new Set()
const isSecret = (text) => typeof text === 'string' && text.includes('bystander-')
/** Whether a value, or something in it, is the neighbour's secret. */
const look = (value, where, depth = 3) => {
  if (isSecret(value)) found.add(where)
  if (depth === 0 || typeof value !== 'object' || value === null) return
  const keys = Reflect.ownKeys(value)
  for (let i = 0; i < keys.length && i < 40; i++) {
    const { value: part } = Reflect.getOwnPropertyDescriptor(value, keys[i]) ?? {}
    look(part, where, depth - 1)
  }
}
const { EventEmitter } = require('node:events')
const { Readable, Writable } = require('node:stream')
const net = require('node:net')
const sockets = new Set()
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
