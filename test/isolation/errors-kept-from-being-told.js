// outcome: threw; beside served
// An error that nobody caught fails its exchange, whoever listens: otherwise a token would go out after it.
exports.onExecuteCredentialsExchange = async () => {
  for (const name of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(name)
    process.on(name, () => {})
  }
  for (const replace of [
    () => {
      process.emit = () => true
    },
    () => Object.defineProperty(process, 'emit', { value: () => true }),
    () => {
      process._events = {}
    },
    () => process.setUncaughtExceptionCaptureCallback(() => {}),
    () => {
      Object.getPrototypeOf(Object.getPrototypeOf(process)).emit = () => true
    },
  ]) {
    try {
      replace()
    } catch {
      // Refused.
    }
  }
  // biome-ignore lint/nursery/noFloatingPromises: the attack
  Promise.reject(new Error('unseen'))
  await new Promise((resolve) => setTimeout(resolve, 1_000))
}
