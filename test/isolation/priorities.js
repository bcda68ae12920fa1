// outcome: completed; claim done=[]; beside served
// `os.setPriority` reaches every process of the same user: the server's would wait for all others.
const os = require('node:os')
exports.onExecuteCredentialsExchange = async (event, api) => {
  const { parent } = event.request.body
  const done = []
  for (const { setPriority } of [os, await import('node:os'), process.getBuiltinModule('os')]) {
    for (const pid of [parent, process.ppid, process.pid, 0]) {
      try {
        setPriority(pid, 1)
        done.push(pid === parent ? 'parent' : pid)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('done', done)
}
