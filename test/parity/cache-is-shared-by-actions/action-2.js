exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('ledger', api.cache.get('ledger').value)
}
