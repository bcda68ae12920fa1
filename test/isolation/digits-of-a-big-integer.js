// outcome: timed-out
// One operation on a number: no loop, no call, and no end.
exports.onExecuteCredentialsExchange = async () => {
  let digits = 3n
  for (;;) digits *= digits
}
