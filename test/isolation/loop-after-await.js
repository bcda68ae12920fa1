// outcome: timed-out
exports.onExecuteCredentialsExchange = async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  for (;;);
}
