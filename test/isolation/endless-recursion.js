// outcome: threw
exports.onExecuteCredentialsExchange = async () => {
  const again = () => again() + 1
  again()
}
