exports.onExecuteCredentialsExchange = async (event, api) => {
  const saved = event.transaction.target_scopes
  api.transaction.setTargetScopes(['write:orders'])
  const read = event.transaction.target_scopes
  api.accessToken.setCustomClaim('saved', saved)
  api.accessToken.setCustomClaim('read', read)
  read.push('delete:orders')
}
