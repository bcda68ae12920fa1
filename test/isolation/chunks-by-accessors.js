// outcome: completed; later found=[]; beside served
// SES: Node's streams ask a chunk for its length, and whether it is a Buffer, by members that anybody may define: these are the frames.
const stream = require('node:stream')
const found = new Set()
const arrays = Object.getPrototypeOf(Uint8Array.prototype)
const { apply } = Reflect
const { latin1Slice } = Buffer.prototype
const byteLength = Object.getOwnPropertyDescriptor(arrays, 'byteLength').get
const kind = Object.getOwnPropertyDescriptor(arrays, Symbol.toStringTag).get
const frame = /"(varying|kind)":/
let looking = false
const look = (value, where) => {
  if (looking || typeof value !== 'object' || value === null || apply(kind, value, []) !== 'Uint8Array') return
  looking = true
  if (frame.test(apply(latin1Slice, value, [0, apply(byteLength, value, [])]))) found.add(where)
  looking = false
}
const attempt = (owner, name, descriptor) => {
  try {
    Object.defineProperty(owner, name, { configurable: true, ...descriptor })
  } catch {
    // Refused.
  }
}
exports.onExecuteCredentialsExchange = async () => {
  for (const name of ['length', 'byteLength', 'byteOffset', 'buffer']) {
    const { get } = Object.getOwnPropertyDescriptor(arrays, name)
    for (const owner of [arrays, Uint8Array.prototype, Buffer.prototype]) {
      attempt(owner, name, {
        get() {
          look(this, name)
          return apply(get, this, [])
        },
      })
    }
  }
  const has = Function.prototype[Symbol.hasInstance]
  for (const type of [Buffer, Uint8Array]) {
    attempt(type, Symbol.hasInstance, {
      value(instance) {
        look(instance, `instanceof ${type.name}`)
        return apply(has, type, [instance])
      },
    })
  }
  Object.setPrototypeOf(Buffer, new Proxy(Uint8Array, { get: (target, key) => Reflect.get(target, key) }))
  try {
    Buffer.prototype = {}
  } catch {
    // Refused.
  }
  for (const name of ['_isArrayBufferView', '_isUint8Array', '_uint8ArrayToBuffer']) {
    const original = stream[name]
    attempt(stream, name, {
      value(chunk) {
        look(chunk, name)
        return original(chunk)
      },
    })
  }
}
exports.report = async (_event, api) => {
  Object.setPrototypeOf(Buffer, Uint8Array)
  api.accessToken.setCustomClaim('found', Array.from(found))
}
