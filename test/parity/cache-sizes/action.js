exports.onExecuteCredentialsExchange = async (_event, api) => {
  const code = (result) => (result.type === 'error' ? result.code : 'ok')
  const results = [
    code(api.cache.set('é'.repeat(32), 'v')),
    code(api.cache.set(`${'é'.repeat(32)}x`, 'v')),
    code(api.cache.set('value', 'x'.repeat(4096))),
    code(api.cache.set('value', 'x'.repeat(4097))),
  ]
  for (let i = 0; i < 18; i++) api.cache.set(`k${i}`, 'v')
  results.push(code(api.cache.set('one-too-many', 'v')), code(api.cache.set('k0', 'again')))
  api.accessToken.setCustomClaim('results', results)
}
