// outcome: completed; claim reached=[]; beside served
const net = require('node:net')
const tls = require('node:tls')
const https = require('node:https')
const http2 = require('node:http2')
const ends = (emitter, event) =>
  new Promise((resolve) => {
    emitter.on(event, () => resolve(true)).on('error', ({ code }) => resolve(code !== 'ERR_ACCESS_DENIED'))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const target = { host: '127.0.0.1', port: canary_port, rejectUnauthorized: false }
  // A canary speaks no TLS: any error but the refusal means that it was reached.
  if (await ends(tls.connect(target), 'secureConnect')) reached.push('tls')
  if (await ends(tls.connect({ ...target, socket: net.connect(target) }), 'secureConnect'))
    reached.push('tls over a socket')
  if (await ends(new tls.TLSSocket().connect(target), 'connect')) reached.push('TLSSocket')
  if (await ends(https.get(`https://127.0.0.1:${canary_port}/`), 'response')) reached.push('https')
  if (await ends(http2.connect(`http://127.0.0.1:${canary_port}`), 'connect')) reached.push('http2')
  if (await ends(http2.connect(`https://127.0.0.1:${canary_port}`), 'connect')) reached.push('http2 over tls')
  api.accessToken.setCustomClaim('reached', reached)
}
