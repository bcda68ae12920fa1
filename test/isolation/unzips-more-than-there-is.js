// outcome: out-of-memory or timed-out
// A bomb of gzip: sixteen megabytes in sixteen kilobytes, again and again, and all of it kept.
const { gzipSync, gunzipSync } = require('node:zlib')
exports.onExecuteCredentialsExchange = async () => {
  const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 1 })
  const held = []
  for (;;) {
    held.push(gunzipSync(bomb, { chunkSize: 17 * 1024 * 1024 }))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
