exports.onExecuteCredentialsExchange = async (event, api) => {
  api.transaction.addTargetScope('delete:orders')
  api.accessToken.setCustomClaim('target', event.transaction.target_scopes)
}
