// outcome: timed-out
exports.onExecuteCredentialsExchange = () => new Promise(() => {})
const again = () => process.nextTick(again)
exports.onExecuteCredentialsExchange = async () => {
  again()
  await new Promise(() => {})
}
