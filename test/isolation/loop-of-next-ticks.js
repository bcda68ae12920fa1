// outcome: timed-out
const again = () => process.nextTick(again)
exports.onExecuteCredentialsExchange = async () => {
  again()
  await new Promise(() => {})
}
