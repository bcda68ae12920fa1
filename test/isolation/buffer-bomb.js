// outcome: out-of-memory or timed-out
exports.onExecuteCredentialsExchange = async () => {
  const held = []
  for (;;) {
    held.push(Buffer.alloc(32 * 1024 * 1024, 1))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
