exports.onExecuteCredentialsExchange = async (_event, api) => {
  console.log('never printed')
  api.accessToken.setCustomClaim('late', true)
}
