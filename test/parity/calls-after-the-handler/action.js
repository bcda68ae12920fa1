exports.onExecuteCredentialsExchange = async (_event, api) => {
  setTimeout(() => api.accessToken.setCustomClaim('late', true), 0)
  api.accessToken.setCustomClaim('in_time', true)
}
