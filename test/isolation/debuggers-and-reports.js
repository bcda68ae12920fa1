// outcome: completed; claim done=[]; beside served
const v8 = require('node:v8')
const ways = {
  report: () => process.report.getReport(),
  'report, imported': async () => (await import('node:process')).report.getReport(),
  _debugProcess: () => process._debugProcess(process.pid),
  'SIGUSR1 to itself': () => process.kill(process.pid, 'SIGUSR1'),
  'a heap snapshot': () => v8.getHeapSnapshot(),
  'a heap snapshot, imported': async () => (await import('node:v8')).getHeapSnapshot(),
  'a heap snapshot in a file': () => v8.writeHeapSnapshot(`${__dirname}/x.heapsnapshot`),
  'a near-limit snapshot': () => v8.setHeapSnapshotNearHeapLimit(1) ?? true,
  flags: () => v8.setFlagsFromString('--allow-natives-syntax') ?? true,
  'objects of a class': () => v8.queryObjects(Map, { format: 'count' }),
  'exec arguments': () => process.execArgv.push('--allow-child-process') && false,
  'a new permission': () =>
    process.permission.has('child') || process.permission.has('worker') || process.permission.has('fs.write'),
  'all files': () => process.permission.has('fs.read', '/etc/passwd'),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const done = []
  for (const [name, open] of Object.entries(ways)) {
    try {
      if (await open()) done.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('done', done)
}
