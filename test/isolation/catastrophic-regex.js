// outcome: timed-out
exports.onExecuteCredentialsExchange = async () => {
  ;/^(a+)+$/.test(`${'a'.repeat(50)}!`)
}
