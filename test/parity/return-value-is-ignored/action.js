exports.onExecuteCredentialsExchange = async (_event, _api) => {
  return { command: { type: 'deny', message: 'v1 style' }, customClaims: { a: 1 } }
}
