// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const connected = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const { isIP, isIPv4, isIPv6 } = net
  net.isIP = () => 4
  net.isIPv4 = () => true
  net.isIPv6 = () => false
  if (await connected(net.connect({ host: '127.0.0.1', port: canary_port }))) reached.push('isIP')
  Object.assign(net, { isIP, isIPv4, isIPv6 })
  api.accessToken.setCustomClaim('reached', reached)
}
