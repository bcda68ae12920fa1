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
  // Take the guard away, and look for what was behind it.
  const own = Object.getOwnPropertyDescriptor(TCP.prototype, 'connect')
  delete TCP.prototype.connect
  const ways = {
    deleted: (request) => new TCP(0).connect(request, '127.0.0.1', canary_port),
    'of the stream': (request) =>
      Object.getPrototypeOf(TCP.prototype).connect.call(new TCP(0), request, '127.0.0.1', canary_port),
    'of the other family': (request) => TCP.prototype.connect6.call(new TCP(0), request, '127.0.0.1', canary_port),
    'of a subclass': (request) => new (class extends TCP {})(0).connect(request, '127.0.0.1', canary_port),
    'of another realm': (request) =>
      require('node:vm').runInNewContext('(handle, ...rest) => handle.connect(...rest)')(
        new TCP(0),
        request,
        '127.0.0.1',
        canary_port,
      ),
  }
  for (const [name, way] of Object.entries(ways)) {
    try {
      if ((await status(Request, way)) === 0) reached.push(name)
    } catch {
      // Refused.
    }
  }
  Object.defineProperty(TCP.prototype, 'connect', own)
  api.accessToken.setCustomClaim('reached', reached)
}
