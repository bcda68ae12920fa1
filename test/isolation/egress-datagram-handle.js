// outcome: completed; claim reached=[]; beside served
const dgram = require('node:dgram')
/** The native handle of a socket, and a request of Node's own kind. */
const parts = () =>
  new Promise((resolve) => {
    const socket = dgram.createSocket('udp4').on('error', () => {})
    for (const symbol of Object.getOwnPropertySymbols(socket)) {
      const handle = socket[symbol]?.handle
      if (handle === undefined) continue
      const { send } = handle
      handle.send = (request, ...rest) => {
        resolve({ UDP: handle.constructor, Request: request.constructor })
        return send.call(handle, request, ...rest)
      }
    }
    socket.send('x', 9, '203.0.113.7')
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_udp_port } = event.request.body
  const reached = []
  const { UDP, Request } = await parts()
  const list = [Buffer.from('x')]
  const tries = {
    send: (udp) => udp.send(new Request(), list, 1, canary_udp_port, '127.0.0.1', false),
    'send, connected': (udp) =>
      udp.connect('127.0.0.1', canary_udp_port) === 0 && udp.send(new Request(), list, 1, false),
    send6: (udp) => udp.send6(new Request(), list, 1, canary_udp_port, '::ffff:127.0.0.1', false),
    'an address that changes': (udp) => {
      let reads = 0
      const address = { toString: () => (reads++ === 0 ? '8.8.8.8' : '127.0.0.1') }
      return udp.send(new Request(), list, 1, canary_udp_port, address, false)
    },
  }
  for (const [name, attempt] of Object.entries(tries)) {
    const udp = new UDP()
    try {
      // A positive answer is a datagram that left.
      if (Number(attempt(udp)) > 0) reached.push(name)
    } catch {
      // Refused.
    }
    udp.close()
  }
  api.accessToken.setCustomClaim('reached', reached)
}
