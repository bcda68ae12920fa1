// outcome: completed; beside served
exports.onExecuteCredentialsExchange = async () => {
  for (let i = 0; i < 1_000_000; i++) setTimeout(() => {}, 60_000)
}
