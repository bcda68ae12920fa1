exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('second', event.secrets)
}
