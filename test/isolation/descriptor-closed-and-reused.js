// outcome: completed; claim used=[]; beside served
// A number used after it was closed: what is opened next, by anybody, has the same one.
const fs = require('node:fs')
const watchers = []
/** Opens descriptors that are not this action's, as a socket of another one would be. */
const others = () => {
  for (let i = 0; i < 4; i++) watchers.push(fs.watch(__filename))
  process.on('SIGUSR2', () => {})
}
const ways = {
  'a descriptor': () => {
    const fd = fs.openSync(__filename)
    fs.closeSync(fd)
    others()
    return fs.fstatSync(fd)
  },
  'a handle, its inside closed': async () => {
    const handle = await fs.promises.open(__filename)
    const inner = Object.getOwnPropertySymbols(handle).map((symbol) => handle[symbol])
    await inner.find((value) => typeof value?.releaseFD === 'function').close()
    others()
    return handle.fd > 0 && (await handle.stat())
  },
  'a handle, its inside taken': async () => {
    const handle = await fs.promises.open(__filename)
    const inner = Object.getOwnPropertySymbols(handle).map((symbol) => handle[symbol])
    return inner.find((value) => typeof value?.releaseFD === 'function').releaseFD() > 0
  },
  'a standard one': () => {
    fs.closeSync(0)
    return true
  },
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const used = []
  for (const [name, way] of Object.entries(ways)) {
    try {
      if (await way()) used.push(name)
    } catch {
      // Refused.
    }
  }
  for (const watcher of watchers) watcher.close()
  process.removeAllListeners('SIGUSR2')
  api.accessToken.setCustomClaim('used', used)
}
