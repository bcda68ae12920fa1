// outcome: threw
exports.onExecuteCredentialsExchange = async (_event, api) => {
  for (let i = 0; ; i++) api.accessToken.setCustomClaim(`claim-${i}`, i)
}
