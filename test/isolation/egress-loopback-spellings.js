// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const connected = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
const spellings = [
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '0',
  '::1',
  '::',
  '::1%lo',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::1',
  'localhost',
  'LOCALHOST.',
]
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  for (const host of spellings) {
    if (await connected(net.connect({ host, port: canary_port }))) reached.push(host)
  }
  api.accessToken.setCustomClaim('reached', reached)
}
