exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.transaction.clearTargetScopes()
}
