// outcome: completed; claim done=[]; beside served
const addon = './addon.node'
const ways = {
  'a prototype of a child process': () =>
    process.constructor.prototype.constructor('return this')().process.binding('spawn_sync'),
  binding: () => process.binding('spawn_sync'),
  'binding, natives': () => process.binding('natives'),
  _linkedBinding: () => process._linkedBinding('process_wrap'),
  dlopen: () => process.dlopen({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'),
  'an add-on': () => require(addon),
  'an add-on, imported': () => import(addon),
  'an add-on by the path of Node': () => require(process.execPath),
  'an extension': () => require.extensions['.node']({ exports: {} }, '/lib/x86_64-linux-gnu/libc.so.6'),
  'a worker': () => new Worker('data:text/javascript,0'),
  'a worker of a message port': () => new MessageChannel().port1.constructor.Worker('x'),
  // biome-ignore lint/style/useNodejsImportProtocol: both spellings are attacks
  'WebAssembly System Interface': () => new (require('wasi').WASI)({ version: 'preview1', preopens: { '/': '/' } }),
  'a shadow realm': () => new ShadowRealm().evaluate('1'),
  'an openssl engine': () => require('node:crypto').setEngine('/lib/x86_64-linux-gnu/libc.so.6'),
  'the test runner': () =>
    require('node:test')
      .run({ files: ['/etc/passwd'], isolation: 'process' })
      .read() ?? false,
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const done = []
  for (const [name, start] of Object.entries(ways)) {
    try {
      if (await start()) done.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('done', done)
}
