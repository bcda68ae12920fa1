// outcome: threw; beside served
exports.onExecuteCredentialsExchange = async () => {
  process.removeAllListeners('uncaughtException')
  process.removeAllListeners('unhandledRejection')
  setTimeout(() => {
    throw new Error('late')
  }, 10)
  await new Promise(() => {})
}
