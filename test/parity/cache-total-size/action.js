exports.onExecuteCredentialsExchange = async (_event, api) => {
  const results = ['a', 'b', 'c', 'd', 'e'].map((key) => api.cache.set(key, 'x'.repeat(4096)))
  api.accessToken.setCustomClaim(
    'results',
    results.map((result) => result.code ?? result.type),
  )
}
