// outcome: completed; claim caught="RangeError"; beside served
// A stack overflow within a call of ours: what was recorded by then is whole, and the next call works.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const value = {
    toJSON() {
      api.accessToken.setCustomClaim('again', value)
      return 1
    },
  }
  let caught
  try {
    api.accessToken.setCustomClaim('again', value)
  } catch (error) {
    caught = error.name
  }
  api.accessToken.setCustomClaim('caught', caught)
}
