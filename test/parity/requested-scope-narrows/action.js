exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('began', event.transaction.target_scopes)
  api.transaction.addTargetScope('read:orders')
}
