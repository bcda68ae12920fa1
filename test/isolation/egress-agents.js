// outcome: completed; claim reached=[]; beside served
const http = require('node:http')
const net = require('node:net')
const ends = (request) =>
  new Promise((resolve) => {
    request.on('response', () => resolve(true)).on('error', () => resolve(false))
  })
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  const port = canary_port
  class Sneaking extends http.Agent {
    createConnection(_options, callback) {
      return net.createConnection({ host: '127.0.0.1', port }, callback)
    }
  }
  if (await ends(http.get({ host: 'api.example', agent: new Sneaking() }))) reached.push('agent')
  if (await ends(http.get({ host: 'api.example', createConnection: () => new net.Socket().connect(port, '::1') }))) {
    reached.push('createConnection')
  }
  if (await ends(http.get({ host: '127.0.0.1', port, agent: new http.Agent({ keepAlive: true }) })))
    reached.push('keep-alive')
  const proxied = new http.Agent({ proxyEnv: { HTTP_PROXY: `http://127.0.0.1:${port}` } })
  if (await ends(http.get({ host: '203.0.113.7', agent: proxied }))) reached.push('proxy')
  api.accessToken.setCustomClaim('reached', reached)
}
