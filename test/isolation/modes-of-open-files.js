// outcome: completed; claim changed=[]; beside served
// CVE-2024-36137 (`fchmod`, `fchown`), CVE-2025-55132 (`futimes`), CVE-2026-21716 (`FileHandle.chmod`): writing through a descriptor opened to read.
const fs = require('node:fs')
const { promisify } = require('node:util')
const ofDescriptor = {
  fchmodSync: (fd) => fs.fchmodSync(fd, 0o777),
  fchmod: (fd) => promisify(fs.fchmod)(fd, 0o777),
  fchownSync: (fd) => fs.fchownSync(fd, 12_345, 12_345),
  futimesSync: (fd) => fs.futimesSync(fd, 1, 1),
  futimes: (fd) => promisify(fs.futimes)(fd, 1, 1),
  ftruncateSync: (fd) => fs.ftruncateSync(fd, 0),
  writeSync: (fd) => fs.writeSync(fd, 'x', 0),
  writeFileSync: (fd) => fs.writeFileSync(fd, 'x'),
}
const ofHandle = {
  chmod: (handle) => handle.chmod(0o777),
  chown: (handle) => handle.chown(12_345, 12_345),
  utimes: (handle) => handle.utimes(1, 1),
  truncate: (handle) => handle.truncate(0),
  write: (handle) => handle.write('x'),
}
const state = () => {
  const { mode, uid, gid, mtimeMs, size } = fs.statSync(__filename)
  return [mode, uid, gid, mtimeMs, size].join()
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const before = state()
  const changed = []
  const attempt = async (name, change) => {
    await Promise.resolve()
      .then(change)
      .catch(() => {})
    if (state() !== before) changed.push(name)
  }
  const fd = fs.openSync(__filename)
  for (const [name, change] of Object.entries(ofDescriptor)) await attempt(name, () => change(fd))
  fs.closeSync(fd)
  const handle = await fs.promises.open(__filename)
  for (const [name, change] of Object.entries(ofHandle)) await attempt(name, () => change(handle))
  await handle.close()
  for (const name of ['lutimesSync', 'lchownSync', 'utimesSync', 'chownSync'])
    await attempt(name, () => fs[name](__filename, 1, 1))
  api.accessToken.setCustomClaim('changed', changed)
}
