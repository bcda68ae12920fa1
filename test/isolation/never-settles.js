// outcome: timed-out; beside served
exports.onExecuteCredentialsExchange = async () => {
  await new Promise(() => {})
}
