exports.onExecutePostLogin = async (_event, api) => {
  api.accessToken.setCustomClaim('a', 1)
}
