// outcome: completed; claim done=[]; beside served
const fs = require('node:fs')
const { once } = require('node:events')
const ways = {
  writeFileSync: (path) => fs.writeFileSync(path, 'x'),
  appendFileSync: (path) => fs.appendFileSync(path, 'x'),
  'promises.writeFile': (path) => fs.promises.writeFile(path, 'x'),
  'openSync for writing': (path) => fs.openSync(path, 'w'),
  'openSync for both': (path) => fs.openSync(__filename, 'r+') && path,
  createWriteStream: (path) => once(fs.createWriteStream(path).end('x'), 'finish'),
  mkdirSync: (path) => fs.mkdirSync(path),
  mkdtempSync: (path) => fs.mkdtempSync(path),
  renameSync: (path) => fs.renameSync(__filename, path),
  truncateSync: () => fs.truncateSync(__filename),
  unlinkSync: () => fs.unlinkSync(__filename),
  rmSync: () => fs.rmSync(__dirname, { recursive: true }),
  chmodSync: () => fs.chmodSync(__filename, 0o777),
  utimesSync: () => fs.utimesSync(__filename, 0, 0),
  symlinkSync: (path) => fs.symlinkSync('/etc/passwd', path),
  linkSync: (path) => fs.linkSync(__filename, path),
  copyFileSync: (path) => fs.copyFileSync(__filename, path),
  cpSync: (path) => fs.cpSync(__filename, path),
  'a diagnostic file': (path) => require('node:v8').writeHeapSnapshot(path),
  'a directory to be in': () => process.chdir('/'),
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const before = fs.readdirSync(__dirname).join()
  const done = []
  for (const folder of [__dirname, '/tmp', event.request.body.data]) {
    for (const [name, write] of Object.entries(ways)) {
      try {
        await write(`${folder}/written-${name.length}`)
        done.push(`${name} ${folder === __dirname ? 'own folder' : folder}`)
      } catch {
        // Refused.
      }
    }
  }
  if (fs.readdirSync(__dirname).join() !== before) done.push('something')
  api.accessToken.setCustomClaim('done', done)
}
