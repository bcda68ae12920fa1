exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.access.deny('invalid_request')
}
