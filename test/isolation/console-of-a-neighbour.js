// outcome: completed; later found=[]; beside served
// One console for all actions: what is put in place of its methods would be handed what another action prints, its event perhaps.
const found = new Set()
exports.onExecuteCredentialsExchange = async () => {
  for (const name of Object.keys(console)) {
    const original = console[name]
    if (typeof original !== 'function') continue
    console[name] = (...args) => {
      if (args[0] === 'bystander') found.add(name)
      return original(...args)
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
