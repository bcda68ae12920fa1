exports.onExecuteCredentialsExchange = async (_event, api) => {
  const returned = [
    api.transaction.addTargetScope('read:orders'),
    api.transaction.removeTargetScope('nothing:here'),
    api.transaction.setTargetScopes(['read:orders']),
  ]
  api.accessToken.setCustomClaim(
    'returned',
    returned.map((value) => typeof value),
  )
}
