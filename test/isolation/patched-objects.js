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
  for (const name of ['entries', 'keys', 'values', 'assign', 'fromEntries', 'freeze', 'defineProperty', 'hasOwn']) {
    const original = Object[name]
    Object[name] = (...args) => {
      look(args, `Object.${name}`)
      return Reflect.apply(original, Object, args)
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
