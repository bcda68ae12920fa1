// outcome: out-of-memory or timed-out
const held = []
exports.onExecuteCredentialsExchange = async () => {
  for (;;) {
    for (let i = 0; i < 40; i++) held.push(new Array(100_000).fill(held.length))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
