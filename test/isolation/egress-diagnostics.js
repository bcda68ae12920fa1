// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const channels = require('node:diagnostics_channel')
const quiet = () => {}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  // A subscriber is shown a socket before it is connected, and may change what it is made of.
  const turn = ({ socket }) => {
    const handle = socket._handle
    if (handle)
      handle.connect = function (request, _address, port) {
        return Object.getPrototypeOf(this).connect.call(this, request, '127.0.0.1', port)
      }
  }
  channels.subscribe('net.client.socket', turn)
  const connected = await new Promise((resolve) => {
    const socket = net.connect({ host: '203.0.113.7', port: canary_port })
    turn({ socket })
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connectionAttempt', quiet)
  })
  channels.unsubscribe('net.client.socket', turn)
  if (connected) reached.push('turned')
  api.accessToken.setCustomClaim('reached', reached)
}
