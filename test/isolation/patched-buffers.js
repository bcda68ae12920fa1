// outcome: completed; later found=[]; beside served
const found = new Set()
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
