exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.access.deny('invalid_request', 'first').access.deny('invalid_scope', 'second')
}
