// outcome: completed; claim done=[]; beside served
const ways = {
  exit: () => process.exit(0),
  'exit, imported': async () => (await import('node:process')).exit(0),
  'exit, required': () => require('node:process').exit(0),
  'exit of another realm': () => require('node:vm').runInThisContext('process').exit(0),
  abort: () => process.abort(),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  'kill with 0': () => process.kill(0, 'SIGTERM'),
  _kill: () => process._kill(process.pid, 9),
  reallyExit: () => process.reallyExit(1),
  'reallyExit of the prototype': () => Object.getPrototypeOf(process).reallyExit(1),
  'put back': () => {
    process.reallyExit = () => {}
    return process.reallyExit.toString() === '() => {}'
  },
  'defined anew': () => {
    Object.defineProperty(process, 'exit', { value: () => {} })
    return true
  },
  execve: () => process.execve('/bin/sh', ['sh']),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const done = []
  for (const [name, end] of Object.entries(ways)) {
    try {
      if (await end()) done.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('done', done)
}
