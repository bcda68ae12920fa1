// outcome: timed-out
exports.onExecuteCredentialsExchange = async () => {
  // What `await` calls on what the handler returns.
  return {
    // biome-ignore lint/suspicious/noThenProperty: the attack
    then(resolve) {
      resolve(this)
    },
  }
}
