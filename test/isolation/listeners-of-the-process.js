// outcome: completed; later found=[]; beside served
// Whatever the process tells, asked for: exits, warnings, rejections, messages, promises settled twice.
const found = new Set()
const names = [
  'exit',
  'beforeExit',
  'disconnect',
  'message',
  'internalMessage',
  'multipleResolves',
  'rejectionHandled',
  'unhandledRejection',
]
names.push(
  'uncaughtExceptionMonitor',
  'warning',
  'worker',
  'newListener',
  'workerMessage',
  'SIGTERM',
  'SIGHUP',
  'SIGWINCH',
)
const look = (name, value) => {
  if (typeof value === 'object' && value !== null && JSON.stringify(value)?.includes('bystander-')) found.add(name)
}
exports.onExecuteCredentialsExchange = async () => {
  for (const name of names) {
    const listener = (...args) => {
      for (const value of args) look(name, value)
    }
    process.on(name, listener)
    // The one that our program listens to ends the turn.
    if (name !== 'unhandledRejection') process.emit(name, 0)
  }
}
exports.report = async (_event, api) => {
  for (const name of names) if (name !== 'unhandledRejection') process.removeAllListeners(name)
  api.accessToken.setCustomClaim('found', Array.from(found))
}
