// outcome: threw; beside served
exports.onExecuteCredentialsExchange = async () => {
  Promise.reject(new Error('unseen'))
  await new Promise(() => {})
}
