exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.access.deny('invalid_request', 'denied')
  throw new Error('and broken')
}
