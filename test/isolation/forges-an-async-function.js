// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async () => {
  // A handler that is one no more once it has been accepted.
  exports.onExecuteCredentialsExchange = () => {
    throw new Error('replaced')
  }
}
