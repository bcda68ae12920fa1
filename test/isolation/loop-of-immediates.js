// outcome: timed-out; beside served
const again = () => setImmediate(again)
exports.onExecuteCredentialsExchange = async () => {
  again()
  await new Promise(() => {})
}
