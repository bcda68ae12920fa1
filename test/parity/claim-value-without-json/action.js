exports.onExecuteCredentialsExchange = async (_event, api) => {
  const cycle = {}
  cycle.self = cycle
  const names = []
  for (const value of [1n, cycle]) {
    try {
      api.accessToken.setCustomClaim('value', value)
    } catch (error) {
      names.push(error.name)
    }
  }
  api.accessToken.setCustomClaim('names', names)
}
