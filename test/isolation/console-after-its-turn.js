// outcome: completed; later threw=[]; beside served
// Printing once the turn is over, from every place that outlives it: it goes nowhere, and into no other caller's output.
const { AsyncResource, AsyncLocalStorage } = require('node:async_hooks')
const threw = new Set()
const print = () => {
  try {
    console.log('late'.repeat(10_000))
    console.error(new Error('late'))
  } catch (error) {
    threw.add(error.message)
  }
}
let keep
exports.onExecuteCredentialsExchange = async () => {
  keep = [AsyncLocalStorage.snapshot(), AsyncResource.bind(print), new AsyncResource('kept')]
  const timer = setInterval(print, 1)
  setTimeout(() => clearInterval(timer), 100)
  queueMicrotask(() => Promise.resolve().then(print))
  setImmediate(print)
  process.nextTick(print)
}
exports.report = async (_event, api) => {
  keep[0](print)
  keep[1]()
  keep[2].runInAsyncScope(print)
  api.accessToken.setCustomClaim('threw', Array.from(threw))
}
