// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const connected = (socket) =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const array = Uint16Array
  globalThis.Uint16Array = () => Object.assign(new array(8), { 0: 0x2606 })
  const { apply } = Reflect
  Reflect.apply = (method, self, args) => apply(method, self, args.length === 3 ? args.with(1, '127.0.0.1') : args)
  const attempts = ['::1', '127.0.0.1', '::ffff:127.0.0.1'].map((host) =>
    connected(net.connect({ host, port: canary_port })),
  )
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  globalThis.Uint16Array = array
  Reflect.apply = apply
  for (const attempt of attempts) if (await attempt) reached.push('patched')
  api.accessToken.setCustomClaim('reached', reached)
}
