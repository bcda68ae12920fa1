// outcome: timed-out
// An array whose iterator never ends, and never gives anything new: `setTargetScopes` reads on, and the process is taken for stuck.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const scopes = ['read']
  scopes[Symbol.iterator] = () => ({ next: () => ({ value: 'read', done: false }) })
  api.transaction.setTargetScopes(scopes)
}
