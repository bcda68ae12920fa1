// outcome: completed; later found=[]; beside served
// Entries that Node makes of what happens in the process: functions, requests, look-ups, with their arguments as details.
const { PerformanceObserver, performance, monitorEventLoopDelay } = require('node:perf_hooks')
const found = new Set()
const types = PerformanceObserver.supportedEntryTypes
exports.onExecuteCredentialsExchange = async () => {
  for (const type of types) {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (type !== 'gc') found.add(`${type} ${entry.name}`)
    }).observe({ type, buffered: true })
  }
  monitorEventLoopDelay({ resolution: 1 }).enable()
  const toJSON = performance.toJSON()
  if (typeof toJSON.nodeTiming !== 'object') throw new Error('no timing')
}
exports.report = async (_event, api) => {
  // Its own are seen; nobody else's were made.
  performance.mark('own')
  await new Promise((resolve) => setTimeout(resolve, 5))
  if (!found.delete('mark own')) throw new Error('sees nothing')
  api.accessToken.setCustomClaim('found', Array.from(found))
}
