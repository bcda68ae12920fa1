exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('requested', event.transaction.requested_scopes)
  api.accessToken.setCustomClaim('token', event.accessToken.scope)
}
