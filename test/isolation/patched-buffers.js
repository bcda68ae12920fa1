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
  const owners = [Buffer.prototype, Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype)]
  for (const owner of owners) {
    for (const name of Reflect.ownKeys(owner)) {
      const original = Reflect.getOwnPropertyDescriptor(owner, name)?.value
      if (typeof original !== 'function' || name === 'constructor') continue
      owner[name] = function (...args) {
        if (new Error().stack.includes('child.cjs')) found.add(`the frames, by ${String(name)}`)
        return Reflect.apply(original, this, args)
      }
    }
  }
  for (const name of ['concat', 'allocUnsafe', 'from', 'byteLength']) {
    const original = Buffer[name]
    Buffer[name] = (...args) => {
      if (new Error().stack.includes('child.cjs')) found.add(`the frames, by Buffer.${name}`)
      return original(...args)
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
