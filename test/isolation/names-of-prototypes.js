// outcome: completed; claim constructor=1; claim toString="x"; claim value={"a":{"__proto__":{"polluted":1}}}; later polluted=[]; beside served
// Prototype pollution by name: claims, cache keys, scopes that are called as what every object inherits.
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'prototype', 'toJSON', 'valueOf']
let polluted = []
const look = () => {
  polluted = ['polluted', 'value', 'expires_at', 'then', 'toJSON'].filter((name) => name in {})
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const answers = []
  for (const name of names) {
    answers.push(api.cache.get(name))
    api.cache.set(name, 'polluted', { ttl: 1_000 })
    if (api.cache.get(name)?.value !== 'polluted') polluted.push(name)
    api.cache.delete(name)
    api.transaction.addTargetScope(name)
    api.transaction.removeTargetScope(name)
  }
  if (answers.some((answer) => answer !== undefined)) polluted.push('found in an empty cache')
  api.accessToken.setCustomClaim('constructor', 1)
  api.accessToken.setCustomClaim('toString', 'x')
  api.accessToken.setCustomClaim('value', { a: JSON.parse('{"__proto__":{"polluted":1}}') })
}
exports.report = async (_event, api) => {
  look()
  api.accessToken.setCustomClaim('polluted', polluted)
}
