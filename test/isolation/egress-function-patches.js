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
  const found = []
  const { call, apply, bind } = Function.prototype
  const collect = (original) =>
    function (...args) {
      found[found.length] = this
      return Reflect.apply(original, this, args)
    }
  Function.prototype.call = collect(call)
  Function.prototype.apply = collect(apply)
  Function.prototype.bind = collect(bind)
  await status(Request, (request) => new TCP(0).connect(request, '127.0.0.1', canary_port))
  await new Promise((resolve) =>
    net.connect({ host: '127.0.0.1', port: canary_port }).on('error', resolve).on('connect', resolve),
  )
  Object.assign(Function.prototype, { call, apply, bind })
  // Was the native method among what passed by?
  for (const method of new Set(found)) {
    if (typeof method !== 'function' || method.name !== 'connect' || !`${method}`.includes('[native code]')) continue
    if ((await status(Request, (request) => method.call(new TCP(0), request, '127.0.0.1', canary_port))) === 0) {
      reached.push('the native method')
    }
  }
  api.accessToken.setCustomClaim('reached', reached)
}
