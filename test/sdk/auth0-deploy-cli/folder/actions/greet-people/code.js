// For people who log in: kept here, and never run.
exports.onExecutePostLogin = async (_event, api) => {
  api.idToken.setCustomClaim('https://deployed.example.com/greeting', 'hello, person')
}
