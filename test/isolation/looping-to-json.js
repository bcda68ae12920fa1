// outcome: timed-out
exports.onExecuteCredentialsExchange = async (_event, api) => {
  api.accessToken.setCustomClaim('value', {
    toJSON() {
      for (;;);
    },
  })
}
