exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('second', event.transaction.target_scopes)
  api.transaction.addTargetScope('write:orders')
}
