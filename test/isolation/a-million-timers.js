// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async () => {
  for (let i = 0; i < 1_000_000; i++) {
    const timer = setTimeout(() => {}, 60_000)
    if (i % 20_000 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (i >= 100_000) clearTimeout(timer)
  }
}
