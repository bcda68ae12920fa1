// outcome: completed; later found=[]; beside served
// Every channel that Node tells things on, asked for sockets, requests and loads of what is not the action's own.
const channels = require('node:diagnostics_channel')
const found = new Set()
const names = [
  'net.client.socket',
  'net.server.socket',
  'udp.socket',
  'http.client.request.start',
  'http.client.response.finish',
]
names.push('undici:request:create', 'undici:client:connected', 'child_process', 'worker_threads', 'process.execve')
names.push('console.log', 'console.info', 'console.error')
names.push('tracing:module.require:start', 'tracing:module.import:start', 'http2.client.stream.created', 'cluster')
exports.onExecuteCredentialsExchange = async () => {
  for (const name of names) {
    try {
      channels.subscribe(name, () => found.add(name))
    } catch {
      // Refused.
    }
  }
  if (!channels.hasSubscribers('net.client.socket')) throw new Error('not subscribed')
}
exports.report = async (_event, api) => api.accessToken.setCustomClaim('found', Array.from(found))
