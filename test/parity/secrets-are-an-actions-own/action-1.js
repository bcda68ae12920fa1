exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('first', Object.keys(event.secrets))
}
