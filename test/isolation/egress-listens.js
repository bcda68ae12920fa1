// outcome: completed; claim reached=[]; beside served
const dgram = require('node:dgram')
const http = require('node:http')
const net = require('node:net')
const opened = (emitter) =>
  new Promise((resolve) => {
    emitter.on('listening', () => resolve(true)).on('error', () => resolve(false))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port, canary_socket } = event.request.body
  const reached = []
  const ways = {
    port: () => net.createServer().listen(0),
    'loopback port': () => net.createServer().listen(0, '127.0.0.1'),
    ipv6: () => net.createServer().listen(0, '::'),
    'the canary, shared': () => net.createServer().listen({ port: canary_port, host: '127.0.0.1', reusePort: true }),
    http: () => http.createServer().listen(0),
    'a unix socket': () => net.createServer().listen(`${canary_socket}.mine`),
    'an abstract socket': () => net.createServer().listen('\0canary'),
    'a handle': () =>
      net
        .createServer()
        .listen(new (net.connect({ host: '127.0.0.1', port: 1 }).on('error', () => {})._handle.constructor)(1)),
    datagrams: () => dgram.createSocket('udp4').bind(40_404),
    'datagrams of one address': () => dgram.createSocket('udp4').bind(0, '127.0.0.1'),
  }
  for (const [name, open] of Object.entries(ways)) {
    try {
      if (await opened(open())) reached.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
