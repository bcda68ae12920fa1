// outcome: threw
exports.onExecuteCredentialsExchange = async (_event, api) => {
  let value = []
  for (let i = 0; i < 1_000_000; i++) value = [value]
  api.accessToken.setCustomClaim('value', value)
}
