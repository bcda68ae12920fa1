let count = 0

exports.onExecuteCredentialsExchange = async (_event, api) => {
  count += 1
  api.accessToken.setCustomClaim('count', count)
}
