exports.onExecuteCredentialsExchange = async (_event, api) => {
  for (let i = 0; i < 11; i++) api.accessToken.setCustomClaim(`part-${i}`, 'x'.repeat(10_000))
}
