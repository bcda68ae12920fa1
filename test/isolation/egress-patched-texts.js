// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const connected = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
// Whatever the check is made of, as long as it is looked up here.
const patch = (owner, name, value) => {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, { ...descriptor, value })
  return () => Object.defineProperty(owner, name, descriptor)
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const undo = [
    patch(String.prototype, 'charCodeAt', () => 0x38),
    patch(String.prototype, 'slice', () => ''),
    patch(String.prototype, 'split', () => ['8', '8', '8', '8']),
    patch(String.prototype, 'startsWith', () => false),
    patch(String.prototype, 'toLowerCase', () => 'api.example'),
    patch(RegExp.prototype, 'test', () => true),
    patch(RegExp.prototype, 'exec', () => ['']),
    patch(Number.prototype, 'toString', () => '8'),
    patch(Set.prototype, 'has', () => true),
    patch(Map.prototype, 'get', () => true),
    patch(Array.prototype, 'some', () => true),
    patch(Array.prototype, 'includes', () => true),
    patch(Object, 'getPrototypeOf', () => null),
    patch(Reflect, 'get', () => undefined),
  ]
  const attempts = [
    connected(net.connect({ host: '127.0.0.1', port: canary_port })),
    connected(net.connect({ host: '::1', port: canary_port })),
  ]
  // The check is made once the connection is: two turns of the loop later at most.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  for (const restore of undo) restore()
  for (const attempt of attempts) if (await attempt) reached.push('patched')
  api.accessToken.setCustomClaim('reached', reached)
}
