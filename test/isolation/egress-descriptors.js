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
  for (let descriptor = 4; descriptor < 40; descriptor++) {
    for (const open of [
      () => new TCP(0).open(descriptor) === 0 && 'handle',
      () => new net.Socket({ fd: descriptor }) && 'socket',
      () => net.createServer().listen({ fd: descriptor }).on('error', quiet).listening && 'server',
    ]) {
      try {
        const name = open()
        if (name) reached.push(`${name} ${descriptor}`)
      } catch {
        // Refused.
      }
    }
  }
  const handle = new TCP(0)
  const socket = new net.Socket({ handle }).on('error', quiet)
  socket.connect({ host: '127.0.0.1', port: canary_port })
  if ((await status(Request, (request) => handle.connect(request, '127.0.0.1', canary_port))) === 0)
    reached.push('adopted')
  socket.destroy()
  api.accessToken.setCustomClaim('reached', reached)
}
