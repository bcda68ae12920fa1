// outcome: completed; claim written=[]; beside served
// A stream of Node's own, made before the lock-down or by a class of which only an instance tells, set to another descriptor.
const fs = require('node:fs')
const frame = Buffer.from('a frame')
const write = (stream) =>
  new Promise((resolve) => {
    stream.on('error', () => resolve(false))
    stream.write(frame, (error) => resolve(!error))
  })
const ways = {
  // What got through is no frame, and would end this process.
  'standard output, its descriptor set': async () => {
    process.stdout.fd = 3
    await write(process.stdout)
  },
  'standard error, its descriptor defined': async () => {
    Object.defineProperty(process.stderr, 'fd', { value: 3 })
    await write(process.stderr)
  },
  'the class of standard output': async () => {
    await write(new process.stdout.constructor(3))
  },
  'the class of a file stream': () => write(new fs.WriteStream.prototype.constructor('', { fd: 3 })),
  'a file stream, its descriptor set': () => {
    const stream = new fs.WriteStream('', { fd: 1 })
    stream.fd = 3
    return write(stream)
  },
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const written = []
  for (const [name, way] of Object.entries(ways)) {
    try {
      if (await way()) written.push(name)
    } catch {
      // Refused.
    }
  }
  api.accessToken.setCustomClaim('written', written)
}
