exports.onExecuteCredentialsExchange = async (_event, api) => {
  const end = api.accessToken.setCustomClaim('a', 1).accessToken.setCustomClaim('b', 2)
  api.accessToken.setCustomClaim('same', end === api)
}
