// outcome: completed; claim reached=[]; beside served
const dgram = require('node:dgram')
const sent = (send) =>
  new Promise((resolve) => {
    send((error) => resolve(!error))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_udp_port } = event.request.body
  const reached = []
  let asked = 0
  // The first question is for the address to bind to.
  const lookup = (name, _family, callback) => callback(null, asked++ === 0 ? name : '127.0.0.1', 4)
  const socket = dgram.createSocket({ type: 'udp4', lookup }).on('error', () => {})
  if (await sent((done) => socket.send('x', canary_udp_port, '203.0.113.7', done))) reached.push('lookup')
  api.accessToken.setCustomClaim('reached', reached)
}
