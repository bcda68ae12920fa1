// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const connected = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
const dns = require('node:dns')
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const answer = (_name, options, callback) =>
    options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4)
  const { lookup } = dns
  dns.lookup = answer
  if (await connected(net.connect({ host: 'api.example', port: canary_port }))) reached.push('lookup')
  if (await fetch(`http://api.example:${canary_port}/`).catch(() => false)) reached.push('fetch')
  dns.lookup = lookup
  api.accessToken.setCustomClaim('reached', reached)
}
