exports.onExecuteCredentialsExchange = async (event, _api) => {
  event.client.metadata.tier = 'platinum'
  event.secrets.OTHER = 'x'
  event.extra = true
}
