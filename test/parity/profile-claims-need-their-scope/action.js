exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('email', 'a@example.com').accessToken.setCustomClaim('nickname', 'a')
}
