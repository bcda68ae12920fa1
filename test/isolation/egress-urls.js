// outcome: completed; claim reached=[]; beside served
const http = require('node:http')
const get = (url) =>
  new Promise((resolve) => {
    http.get(url, () => resolve(true)).on('error', () => resolve(false))
  })
const hosts = [
  '127.0.0.1',
  '127.1',
  '0x7f000001',
  '017700000001',
  '2130706433',
  '127.0.0.1.',
  '127%2e0%2e0%2e1',
  '１２７.0.0.1',
  '127。0。0。1',
  'ⓛⓞⓒⓐⓛhost',
  'x@127.0.0.1',
  '[::1]',
  '[::]',
  '[::ffff:7f00:1]',
]
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { canary_port } = event.request.body
  const reached = []
  for (const host of hosts) {
    const url = `http://${host}:${canary_port}/`
    if (await get(url)) reached.push(`http ${host}`)
    if (await fetch(url).catch(() => false)) reached.push(`fetch ${host}`)
  }
  api.accessToken.setCustomClaim('reached', reached)
}
