exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('scope', 'delete:orders')
}
