exports.onExecuteCredentialsExchange = async (_event, _api) => {
  console.log('x'.repeat(300))
}
