exports.onExecuteCredentialsExchange = async (_event, api) => {
  await new Promise((resolve) => setTimeout(resolve, 250))
  api.accessToken.setCustomClaim('second', true)
}
