exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.access.deny('access_denied', 'Not today.')
  console.log('did not throw')
}
