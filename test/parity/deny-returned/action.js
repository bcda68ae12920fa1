exports.onExecuteCredentialsExchange = async (event, api) => {
  if (event.client.metadata.tier !== 'gold') {
    return api.access.deny('invalid_scope', 'This client may not have these scopes.')
  }
  api.accessToken.setCustomClaim('tier', 'gold')
}
