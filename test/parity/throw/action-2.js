exports.onExecuteCredentialsExchange = async (_event, _api) => {
  console.log('never printed')
}
