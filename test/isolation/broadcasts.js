// outcome: completed; later heard=[]; beside served
// Channels between whoever knows their name: nothing of ours speaks on one, and no api fits through.
const heard = new Set()
let open
exports.onExecuteCredentialsExchange = async (event, api) => {
  open = ['', 'symbolon', 'message', 'worker'].map((name) => new BroadcastChannel(name))
  for (const channel of open) channel.onmessage = () => heard.add(channel.name)
  for (const value of [api, api.cache.get, process]) {
    try {
      structuredClone(value)
      heard.add('a clone of what has functions')
    } catch {
      // Refused.
    }
  }
  const copy = structuredClone(event)
  if (copy.secrets.BYSTANDER !== undefined) heard.add('a secret')
}
exports.report = async (_event, api) => {
  for (const channel of open) channel.close()
  api.accessToken.setCustomClaim('heard', Array.from(heard))
}
