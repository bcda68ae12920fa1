exports.onExecuteCredentialsExchange = async (_event, _api) => {
  console.log('before')
  throw new TypeError('the ledger said no')
}
