exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('sub_profile', 'ai_agent')
  api.accessToken.setCustomClaim('client_profile', 'service')
}
