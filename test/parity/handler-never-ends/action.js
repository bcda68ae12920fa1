exports.onExecuteCredentialsExchange = async (_event, _api) => {
  console.log('waiting')
  await new Promise(() => {})
}
