// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const quiet = () => {}
/** The native class, and a request as Node makes them, caught on its way into a handle. */
const classes = () =>
  new Promise((resolve) => {
    const TCP = net.connect({ host: '127.0.0.1', port: 1 }).on('error', quiet)._handle.constructor
    const { connect } = TCP.prototype
    TCP.prototype.connect = function (request, ...rest) {
      TCP.prototype.connect = connect
      resolve({ TCP, Request: request.constructor })
      return connect.call(this, request, ...rest)
    }
  })
const status = (Request, start) =>
  new Promise((resolve) => {
    const request = new Request()
    request.oncomplete = resolve
    const error = start(request)
    if (error) resolve(error)
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const { TCP, Request } = await classes()
  for (const type of [0, 1]) {
    if ((await status(Request, (request) => new TCP(type).connect(request, '127.0.0.1', canary_port))) === 0)
      reached.push('ipv4')
    if ((await status(Request, (request) => new TCP(type).connect6(request, '::1', canary_port))) === 0)
      reached.push('ipv6')
    if ((await status(Request, (request) => new TCP(type).connect6(request, '::ffff:127.0.0.1', canary_port))) === 0) {
      reached.push('mapped')
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
