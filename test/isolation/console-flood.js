// outcome: completed
exports.onExecuteCredentialsExchange = async () => {
  const line = 'x'.repeat(1024)
  for (let i = 0; i < 50_000; i++) console.log(line)
}
