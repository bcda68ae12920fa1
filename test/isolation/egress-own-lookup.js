// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const connected = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
// The answer changes at every question, in each of the shapes that are taken.
const answers = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '0.0.0.0']
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  for (const autoSelectFamily of [true, false]) {
    let asked = 0
    const lookup = (_name, options, callback) => {
      const address = answers[asked++ % answers.length]
      const family = net.isIP(address)
      const all = [
        { address: '203.0.113.7', family: 4 },
        { address, family },
      ]
      if (options.all) callback(null, all)
      else callback(null, address, family)
    }
    for (const _ of answers) {
      const options = {
        host: 'api.example',
        port: canary_port,
        lookup,
        autoSelectFamily,
        autoSelectFamilyAttemptTimeout: 10,
      }
      if (await connected(net.connect(options))) reached.push(`${autoSelectFamily}`)
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
