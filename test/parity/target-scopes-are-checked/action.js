exports.onExecuteCredentialsExchange = async (event, api) => {
  api.transaction.setTargetScopes(['  read:orders '])
  const invalid = ['', '  ', 'a b', 'a\tb', 'x'.repeat(281), 42, undefined]
  const names = []
  for (const value of [...invalid, ...invalid]) {
    try {
      api.transaction.addTargetScope(value)
      names.push('accepted')
    } catch (error) {
      names.push(error.name)
    }
  }
  try {
    api.transaction.setTargetScopes(['write:orders', 'a b'])
  } catch {
    names.push('atomic')
  }
  try {
    api.transaction.setTargetScopes('write:orders')
  } catch (error) {
    names.push(error.name)
  }
  api.accessToken.setCustomClaim('names', names.join(' '))
  api.accessToken.setCustomClaim('target', event.transaction.target_scopes)
}
