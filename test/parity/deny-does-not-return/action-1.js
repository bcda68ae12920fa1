exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.access.deny('invalid_request', 'Orders are closed.')
  console.log('still running')
}
