exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('plan', 'free')
  console.log(event.accessToken.customClaims.plan === undefined)
}
