exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('role', 'clerk')
}
