exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('tier', event.client.metadata.tier)
  api.accessToken.setCustomClaim('extra', 'extra' in event)
}
