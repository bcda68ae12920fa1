exports.onExecuteCredentialsExchange = async (event, api) => {
  const seen = api.cache.get('seen') !== undefined
  api.cache.set('seen', 'yes')
  if (event.request.body.fail === 'yes') throw new Error('boom')
  api.accessToken.setCustomClaim('seen', seen)
}
