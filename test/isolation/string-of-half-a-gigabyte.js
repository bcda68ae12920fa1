// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async (_event, api) => {
  // Within V8's longest string, and no byte of it is ever written. The claim is refused: the token will not be issued.
  api.accessToken.setCustomClaim('value', 'x'.repeat(2 ** 29 - 24))
}
