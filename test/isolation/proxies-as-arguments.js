// outcome: completed; claim key="value"; claim escaped=[]; beside served
// vm2's proxy traps: each method of the api, handed proxies whose every trap throws, and revoked ones.
const refuse = () => {
  throw new RangeError('of a trap')
}
const traps = [
  'get',
  'set',
  'has',
  'ownKeys',
  'getPrototypeOf',
  'setPrototypeOf',
  'getOwnPropertyDescriptor',
  'defineProperty',
  'apply',
]
const handler = Object.fromEntries(traps.map((trap) => [trap, refuse]))
const revoked = (target) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const escaped = []
  for (const [space, methods] of Object.entries(api)) {
    if (space === 'access') continue
    for (const [name, method] of Object.entries(methods)) {
      for (const value of [
        new Proxy({}, handler),
        new Proxy([], handler),
        new Proxy(() => {}, handler),
        revoked({}),
        revoked([]),
      ]) {
        for (const args of [[value], ['key', value], ['key', 'value', value]]) {
          try {
            method(...args)
          } catch (error) {
            // The trap's own error, or one that says what was wrong; never another's.
            if (!(error instanceof RangeError) && !(error instanceof TypeError))
              escaped.push(`${space}.${name} ${error}`)
          }
        }
      }
    }
  }
  api.cache.delete('key')
  api.transaction.setTargetScopes(event.transaction.requested_scopes)
  api.accessToken.setCustomClaim('escaped', escaped)
}
