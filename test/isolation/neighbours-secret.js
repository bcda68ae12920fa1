// outcome: completed; claim found=[]; later found=[]; beside served
/** As nothing in this file spells it. */
const secret = ['bystander', 'canary'].join('-')
const isSecret = (value) => typeof value === 'string' && value.startsWith(secret)
const ways = {
  'own event': (event) => Object.values(event.secrets).some(isSecret),
  'a global': () => Object.getOwnPropertyNames(globalThis).some((name) => isSecret(globalThis[name]?.BYSTANDER)),
  'a prototype of event': (event) => Object.getPrototypeOf(event) !== Object.prototype,
  'a file': () =>
    require('node:fs')
      .readdirSync(`${__dirname}/..`, { recursive: true })
      .some((name) => {
        const path = `${__dirname}/../${name}`
        return name.endsWith('.js') && require('node:fs').readFileSync(path, 'utf8').includes(secret)
      }),
  'the pool of Buffers': () => Buffer.from(Buffer.allocUnsafe(1).buffer).includes(secret),
  'fresh memory': () =>
    Array.from({ length: 64 }, () => Buffer.allocUnsafeSlow(64 * 1024)).some((buffer) => buffer.includes(secret)),
}
const look = async (event, api) => {
  const found = []
  for (const [name, find] of Object.entries(ways)) {
    try {
      if (await find(event)) found.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('found', found)
}
exports.onExecuteCredentialsExchange = look
exports.report = look
