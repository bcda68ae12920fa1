// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('value', Array(50).fill('x'.repeat(1024 * 1024)))
}
