// outcome: completed; claim sent=false; beside served
// `respondWithFD` reads from any descriptor, past `fs` and past the permission model.
const { Duplex } = require('node:stream')
const http2 = require('node:http2')
class End extends Duplex {
  _read() {}
  _write(chunk, _encoding, done) {
    this.other.push(chunk)
    done()
  }
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const [near, far] = [new End(), new End()]
  near.other = far
  far.other = near
  let sent = false
  try {
    const client = http2.connect('http://localhost', { createConnection: () => near }).on('error', () => {})
    await new Promise((resolve) => {
      const server = http2.performServerHandshake(far).on('error', resolve)
      server.on('stream', (stream) => {
        stream.on('error', resolve)
        stream.respondWithFD(3)
        sent = true
        resolve()
      })
      client
        .request({ ':path': '/' })
        .on('error', () => {})
        .end()
    })
    client.destroy()
  } catch {
    // Refused.
  }
  api.accessToken.setCustomClaim('sent', sent)
}
