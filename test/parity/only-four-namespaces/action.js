exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('namespaces', Object.keys(api).sort())
  try {
    api.idToken.setCustomClaim('a', 1)
  } catch (error) {
    api.accessToken.setCustomClaim('thrown', error.name)
  }
  api.accessToken.setCustomClaim('missing', [typeof api.redirect, typeof api.user, typeof api.accessToken.addScope])
}
