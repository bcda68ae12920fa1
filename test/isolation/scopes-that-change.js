// outcome: completed; claim set=["TypeError","TypeError","Error","Error","TypeError"]; beside served
// Scopes that are read twice, as something else each time: objects that look like texts, arrays that are none.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  let reads = 0
  const changing = {
    toString: () => (reads++ === 0 ? 'read' : 'admin'),
    [Symbol.toPrimitive]: () => 'admin',
    length: 4,
    trim: () => 'admin',
  }
  const attempts = [
    () => api.transaction.addTargetScope(changing),
    () => api.transaction.setTargetScopes([Object('admin')]),
    () => api.transaction.addTargetScope('read admin'),
    () => api.transaction.setTargetScopes(['\u3000']),
    () => api.transaction.setTargetScopes({ length: 1, 0: 'admin', [Symbol.iterator]: [][Symbol.iterator] }),
  ]
  const set = []
  for (const attempt of attempts) {
    try {
      attempt()
      set.push('set')
    } catch (error) {
      set.push(error.name)
    }
  }
  api.accessToken.setCustomClaim('set', set)
}
