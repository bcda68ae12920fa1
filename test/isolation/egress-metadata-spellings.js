// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const spellings = [
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]
const refused = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve('connected')).on('error', ({ code }) => resolve(code))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  for (const host of spellings) {
    // Whatever the network says, it must not have been asked.
    const code = await refused(net.connect({ host, port: canary_port }))
    if (code !== 'ERR_ACCESS_DENIED') reached.push(`${host} ${code}`)
  }
  api.accessToken.setCustomClaim('reached', reached)
}
