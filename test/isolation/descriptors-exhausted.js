// outcome: completed; later served=true; beside served
// Every descriptor that the process may have, opened and kept: what is open already goes on.
const fs = require('node:fs')
const held = []
exports.onExecuteCredentialsExchange = async () => {
  try {
    while (held.length < 30_000) held.push(fs.openSync(__filename))
  } catch {
    // There are no more.
  }
}
exports.report = async (_event, api) => {
  for (const fd of held) fs.closeSync(fd)
  api.accessToken.setCustomClaim('served', held.length > 100)
}
