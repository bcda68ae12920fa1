// outcome: completed; claim found=[]; beside served
// vm2 CVE-2022-36067 and before: an exception of the host's, caught, leads into the host. Each method of the api, made to throw.
const found = new Set()
const bad = [
  10n,
  Symbol('x'),
  { toJSON: 1n },
  new Proxy({}, { ownKeys: () => [1] }),
  'x'.repeat(300),
  [' '],
  null,
  Object.create(null),
]
const look = (error) => {
  if (!(error instanceof Error)) found.add(`not an Error: ${typeof error}`)
  if (error.constructor.constructor !== Function) found.add('another Function')
  for (const key of Reflect.ownKeys(error)) {
    if (typeof error[key] === 'object' || typeof error[key] === 'function') found.add(String(key))
  }
  if (Function('return this')() !== globalThis) found.add('another global')
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  let caught = 0
  for (const namespace of Object.values(api)) {
    for (const method of Object.values(namespace)) {
      for (const value of bad) {
        if (method === api.access.deny || method === api.accessToken.setCustomClaim) continue
        try {
          await method(value, value, value)
        } catch (error) {
          caught += 1
          look(error)
        }
      }
    }
  }
  for (const value of [10n, { toJSON: () => 1n }]) {
    try {
      api.accessToken.setCustomClaim('x', value)
    } catch (error) {
      caught += 1
      look(error)
    }
  }
  if (caught < 10) found.add('too few')
  api.transaction.setTargetScopes(['read', 'write'])
  api.accessToken.setCustomClaim('found', [...found])
}
