// outcome: completed; claim order=["asked","settled again"]; beside served
// vm2 CVE-2023-37466: what a handler returns is asked for `then`, which settles twice, throws after that, and never comes back.
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const order = []
  return {
    // biome-ignore lint/suspicious/noThenProperty: the attack
    get then() {
      order.push('asked')
      return (resolve, reject) => {
        order.push('settled again')
        api.accessToken.setCustomClaim('order', order)
        resolve({})
        reject(new Error('settled already'))
        throw new Error('after settling')
      }
    },
  }
}
