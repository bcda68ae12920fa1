exports.onExecuteCredentialsExchange = async (event, api) => {
  console.log(event.accessToken.customClaims.plan)
  api.accessToken.setCustomClaim('plan', 'gold')
}
