// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async () => {
  Date.now = () => Number.NaN
  globalThis.setImmediate = () => {}
  globalThis.setTimeout = () => {}
  globalThis.queueMicrotask = () => {}
  process.nextTick = () => {}
}
