// outcome: completed; claim threw=["inspect","format","trap"]; beside served
// vm2 (`util.inspect.custom`): printing runs what is printed. What that throws reaches who printed, and nobody else.
const { inspect } = require('node:util')
const refuse = () => {
  throw new Error('while printing')
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const threw = []
  for (const [name, print] of Object.entries({
    inspect: () => console.log({ [inspect.custom]: refuse }),
    format: () => console.log('%d %s', { [Symbol.toPrimitive]: refuse }, { toString: refuse }),
    trap: () => console.table(new Proxy([1], { get: refuse, ownKeys: refuse })),
    proxy: () => console.log(new Proxy({}, { get: refuse })),
    revoked: () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      console.dir(proxy, { showProxy: true })
    },
  })) {
    try {
      print()
    } catch {
      threw.push(name)
    }
  }
  api.accessToken.setCustomClaim('threw', threw)
}
