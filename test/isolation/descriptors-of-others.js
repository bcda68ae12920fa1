// outcome: completed; claim used=[]; beside served
// What nobody opened through `fs`, an event loop's pipes and other actions' sockets among it, by its number alone.
const fs = require('node:fs')
const buffer = Buffer.alloc(16)
const ways = {
  fstatSync: (fd) => fs.fstatSync(fd),
  'fstatSync, imported': async (fd) => (await import('node:fs')).fstatSync(fd),
  fstat: (fd) =>
    new Promise((resolve, reject) => fs.fstat(fd, (error, stat) => (error ? reject(error) : resolve(stat)))),
  'writeSync of nothing': (fd) => fs.writeSync(fd, '') === 0,
  'writevSync of nothing': (fd) => fs.writevSync(fd, [Buffer.alloc(0)]) === 0,
  'read of nothing': (fd) => fs.readSync(fd, buffer, 0, 0, null) === 0,
  'readFile, stopped': (fd) =>
    new Promise((resolve) =>
      fs.readFile(fd, { signal: AbortSignal.abort() }, (error) =>
        resolve(error?.code !== 'EBADF' && error?.name !== 'AbortError'),
      ),
    ),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const own = fs.openSync(__filename)
  const watcher = fs.watch(__filename)
  const used = new Set()
  for (let fd = 3; fd < 128; fd++) {
    if (fd === own) continue
    for (const [name, way] of Object.entries(ways)) {
      try {
        if (await way(fd)) used.add(name)
      } catch {
        // Refused.
      }
    }
  }
  watcher.close()
  // Its own it may use, once.
  if (!fs.fstatSync(own).isFile()) used.add('not its own')
  fs.closeSync(own)
  api.accessToken.setCustomClaim('used', [...used])
}
