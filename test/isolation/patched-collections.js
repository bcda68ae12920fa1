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
exports.onExecuteCredentialsExchange = async () => {
  for (const owner of [Map, Set, WeakMap, Array, String]) {
    for (const name of ['get', 'set', 'has', 'add', 'push', 'map', 'slice', 'values', 'entries']) {
      const original = owner.prototype[name]
      if (typeof original !== 'function') continue
      owner.prototype[name] = function (...args) {
        const result = Reflect.apply(original, this, args)
        const where = `${owner.name}.prototype.${String(name)}`
        look(result, where)
        look(args, where)
        return result
      }
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
