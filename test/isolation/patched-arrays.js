// outcome: completed; later found=[]; beside served
// Every method of arrays, replaced for good: the messages of the server, events of the next callers in them, are kept in one.
const found = new Set()
const isFrame = (value) => typeof value === 'object' && value !== null && 'body' in value && 'tag' in value
const originals = {}
exports.onExecuteCredentialsExchange = async () => {
  for (const name of Object.getOwnPropertyNames(Array.prototype)) {
    const original = Array.prototype[name]
    if (typeof original !== 'function' || name === 'constructor') continue
    originals[name] = original
    Array.prototype[name] = function (...args) {
      if (isFrame(this?.[0])) found.add(name)
      return Reflect.apply(original, this, args)
    }
  }
}
exports.report = async (_event, api) => {
  Object.assign(Array.prototype, originals)
  api.accessToken.setCustomClaim('found', Array.from(found))
}
