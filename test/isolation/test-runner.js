// outcome: completed; claim done=[]; beside served
// `node:test` starts programs, imports files, writes snapshots and hooks into every asynchronous resource.
const test = require('node:test')
const ended = (stream) =>
  new Promise((resolve) => {
    stream
      .on('test:pass', () => resolve(true))
      .on('error', () => resolve(false))
      .on('end', () => resolve(false))
      .resume()
    setTimeout(() => resolve(false), 100)
  })
const ways = {
  'run of a process': () => ended(test.run({ files: ['/etc/passwd'], isolation: 'process' })),
  'run in this process': () => ended(test.run({ files: [__filename], isolation: 'none' })),
  'run of patterns': () => ended(test.run({ globPatterns: ['/etc/pass*'], cwd: '/' })),
  'run, watching': () => ended(test.run({ files: ['/etc/passwd'], watch: true })),
  'a test': () => Promise.race([test.test('x', () => {}), new Promise((resolve) => setTimeout(resolve, 100))]),
  'a module mocked': () => test.mock.module('node:child_process', { namedExports: {} }),
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
