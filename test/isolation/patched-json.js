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
  for (const name of ['parse', 'stringify']) {
    const original = JSON[name]
    JSON[name] = (...args) => {
      const result = original(...args)
      look(args[0], `argument of JSON.${name}`)
      look(result, `result of JSON.${name}`)
      return result
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
