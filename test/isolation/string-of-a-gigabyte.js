// outcome: threw
exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('value', 'x'.repeat(1024 ** 3))
}
