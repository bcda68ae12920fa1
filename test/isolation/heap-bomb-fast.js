// outcome: out-of-memory or timed-out
exports.onExecuteCredentialsExchange = async () => {
  const held = []
  for (;;) held.push(new Array(100_000).fill(held.length))
}
