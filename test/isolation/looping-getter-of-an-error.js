// outcome: timed-out
exports.onExecuteCredentialsExchange = async () => {
  throw {
    get message() {
      for (;;);
    },
  }
}
