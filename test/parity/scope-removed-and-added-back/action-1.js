exports.onExecuteCredentialsExchange = async (event, api) => {
  api.transaction.removeTargetScope('write:orders')
  api.accessToken.setCustomClaim('first', event.transaction.target_scopes)
}
