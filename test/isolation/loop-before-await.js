// outcome: timed-out
exports.onExecuteCredentialsExchange = async () => {
  for (;;);
}
