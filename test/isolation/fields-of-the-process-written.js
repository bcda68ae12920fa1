// outcome: completed; later served=true; beside served
// Whatever of the process can be written, written: nothing that answers an exchange reads it.
const kept = new Set([
  'emit',
  'on',
  'off',
  'nextTick',
  'removeListener',
  '_events',
  '_eventsCount',
  '_tickCallback',
  'env',
])
exports.onExecuteCredentialsExchange = async () => {
  for (const name of Object.getOwnPropertyNames(process)) {
    if (kept.has(name)) continue
    for (const value of [undefined, 'x', { toString: null }]) {
      try {
        process[name] = value
      } catch {
        // Refused.
      }
    }
  }
  for (const name of ['exitCode', 'domain', 'channel', 'connected', 'mainModule']) {
    try {
      process[name] = { toString: null }
    } catch {
      // Refused.
    }
  }
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('served', true)
