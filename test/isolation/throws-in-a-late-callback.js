// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async () => {
  setTimeout(() => {
    throw new Error('late')
  }, 20)
  setTimeout(() => Promise.reject(new Error('later')), 30)
}
