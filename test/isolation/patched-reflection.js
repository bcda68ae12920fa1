// outcome: completed; later found=[]; beside served
// `Reflect`, `Symbol.iterator` of every kind, generators and iterator helpers, replaced: none is handed another action's secret.
const found = new Set()
const isSecret = (text) => typeof text === 'string' && text.includes('bystander-')
const look = (value, where) => {
  if (isSecret(value)) found.add(where)
  if (typeof value !== 'object' || value === null) return
  const keys = ownKeys(value)
  for (let i = 0; i < keys.length && i < 40; i++) if (isSecret(describe(value, keys[i])?.value)) found.add(where)
}
const { ownKeys, getOwnPropertyDescriptor: describe, apply } = Reflect
const iterators = [new Map(), new Set(), 'x', 'x'.matchAll(/x/g), (function* () {})()].map((of) =>
  Object.getPrototypeOf(of[Symbol.iterator]()),
)
exports.onExecuteCredentialsExchange = async () => {
  for (const name of ownKeys(Reflect)) {
    const original = Reflect[name]
    if (typeof original !== 'function') continue
    Reflect[name] = (...args) => {
      for (let i = 0; i < args.length; i++) look(args[i], `Reflect.${String(name)}`)
      return apply(original, Reflect, args)
    }
  }
  for (const owner of [...iterators, Iterator.prototype]) {
    for (const name of ownKeys(owner)) {
      const original = describe(owner, name)?.value
      if (typeof original !== 'function' || name === 'constructor') continue
      try {
        owner[name] = function (...args) {
          const result = apply(original, this, args)
          look(result?.value, `an iterator's ${String(name)}`)
          return result
        }
      } catch {
        // Refused.
      }
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
