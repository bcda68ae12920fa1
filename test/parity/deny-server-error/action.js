exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.access.deny('server_error', 'The ledger is down.')
}
