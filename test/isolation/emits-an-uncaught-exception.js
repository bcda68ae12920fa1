// outcome: threw; beside served
exports.onExecuteCredentialsExchange = async () => {
  process.emit('uncaughtException', new Error('mine'))
  await new Promise(() => {})
}
