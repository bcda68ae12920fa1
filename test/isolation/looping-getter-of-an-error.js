// outcome: timed-out
exports.onExecuteCredentialsExchange = async () => {
  // biome-ignore lint/style/useThrowOnlyError: the attack
  throw {
    get message() {
      for (;;);
    },
  }
}
