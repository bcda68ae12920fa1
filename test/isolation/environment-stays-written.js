// outcome: completed; later stays="for every action of the process"; beside served
// True of every shared process: what one action writes into the environment, the next reads, Node itself among them.
exports.onExecuteCredentialsExchange = async () => {
  process.env.WRITTEN = 'for every action of the process'
}
exports.report = async (_event, api) => {
  api.accessToken.setCustomClaim('stays', process.env.WRITTEN)
  delete process.env.WRITTEN
}
