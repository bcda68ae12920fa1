// outcome: threw; beside served
exports.onExecuteCredentialsExchange = async () => {
  const fail = () => {
    throw new Error('from a callback')
  }
  for (let i = 0; i < 100; i++) {
    setTimeout(fail, 1)
    setImmediate(fail)
    queueMicrotask(fail)
    process.nextTick(fail)
  }
  await new Promise(() => {})
}
