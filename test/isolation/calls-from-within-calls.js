// outcome: completed; claim inner=1; claim outer=2; claim cache="of the getter"; beside served
// Re-entrancy: conversions of one call's arguments make other calls, which must take effect whole and before it.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('outer', {
    toJSON() {
      api.accessToken.setCustomClaim('inner', 1)
      api.transaction.clearTargetScopes()
      return 2
    },
  })
  api.cache.set('key', 'of the call', {
    get ttl() {
      api.cache.set('key', 'of the getter', { ttl: 60_000 })
      return Number.NaN
    },
  })
  api.accessToken.setCustomClaim('cache', api.cache.get('key')?.value)
  api.transaction.setTargetScopes(['read', 'write'])
}
