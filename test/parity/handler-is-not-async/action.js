exports.onExecuteCredentialsExchange = (_event, api) => {
  api.accessToken.setCustomClaim('a', 1)
  return Promise.resolve()
}
