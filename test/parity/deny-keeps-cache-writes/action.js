exports.onExecuteCredentialsExchange = async (_event, api) => {
  const attempts = Number(api.cache.get('attempts')?.value ?? 0) + 1
  api.cache.set('attempts', String(attempts))
  if (attempts < 3) api.access.deny('invalid_request', `attempt ${attempts}`)
  else api.accessToken.setCustomClaim('attempts', attempts)
}
