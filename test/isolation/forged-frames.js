// outcome: completed; claim open=[]; beside served
const fs = require('node:fs')
const net = require('node:net')
/** A frame as the server reads it: a result of some execution, its tag guessed. */
const body = Buffer.from('[{"kind":"completed","commands":[],"console":[],"startedAt":0,"endedAt":0}]')
const header = Buffer.alloc(13)
header.writeUInt32LE(body.length, 0)
header.writeUInt8(67, 4)
header.writeUInt32LE(1, 5)
const frame = Buffer.concat([header, body])
const soon = (emitter) =>
  new Promise((resolve) => {
    emitter.on('error', () => resolve(false))
    emitter.write(frame, (error) => resolve(!error))
    setTimeout(resolve, 200)
  })
const ways = {
  writeSync: (fd) => fs.writeSync(fd, frame),
  'writeSync, imported': async (fd) => (await import('node:fs')).writeSync(fd, frame),
  writevSync: (fd) => fs.writevSync(fd, [frame]),
  writeFileSync: (fd) => fs.writeFileSync(fd, frame) ?? true,
  appendFileSync: (fd) => fs.appendFileSync(fd, frame) ?? true,
  readFileSync: (fd) => fs.readFileSync(fd),
  readSync: (fd) => fs.readSync(fd, Buffer.alloc(16)),
  readvSync: (fd) => fs.readvSync(fd, [Buffer.alloc(16)]),
  fstatSync: (fd) => fs.fstatSync(fd),
  closeSync: (fd) => fs.closeSync(fd) ?? true,
  'promises.writeFile': async (fd) => (await fs.promises.writeFile(fd, frame)) ?? true,
  write: (fd) => new Promise((resolve) => fs.write(fd, frame, (error) => resolve(!error))),
  writev: (fd) => new Promise((resolve) => fs.writev(fd, [frame], (error) => resolve(!error))),
  createWriteStream: (fd) => soon(fs.createWriteStream('', { fd })),
  'createReadStream of a handle': (fd) => fs.createReadStream('', { fd: { fd, on() {} } }) && false,
  'net.Socket': (fd) => soon(new net.Socket({ fd })),
  'net.Socket by a getter': (fd) => {
    let reads = 0
    const options = {
      get fd() {
        reads += 1
        return reads < 2 ? undefined : fd
      },
    }
    return soon(new net.Socket(options))
  },
  'a subclass of net.Socket': (fd) => soon(new (class extends net.Socket {})({ fd })),
  'the class of a socket': (fd) => soon(new new net.Socket().constructor({ fd })),
  'the class of a subclass': (fd) => soon(new (Object.getPrototypeOf(require('node:tls').TLSSocket))({ fd })),
  'the prototype of tls.TLSSocket': (fd) =>
    soon(new (Object.getPrototypeOf(require('node:tls').TLSSocket.prototype).constructor)({ fd })),
  'the class of stdin': (fd) => soon(new process.stdin.constructor({ fd })),
  'tty.WriteStream': (fd) => soon(new (require('node:tty').WriteStream)(fd)),
  'tty.ReadStream': (fd) => soon(new (require('node:tty').ReadStream)(fd)),
  'net.connect': (fd) => soon(net.connect({ fd })),
  'net.createServer': (fd) =>
    new Promise((resolve) =>
      net
        .createServer()
        .on('error', () => resolve(false))
        .listen({ fd }, () => resolve(true)),
    ),
  'dgram.bind': (fd) =>
    typeof fd === 'number' &&
    new Promise((resolve) =>
      require('node:dgram')
        .createSocket('udp4')
        .on('error', () => resolve(false))
        .bind({ fd }, () => resolve(true)),
    ),
  'http2.connect': (fd) =>
    new Promise((resolve) => {
      const { connect } = require('node:http2')
      const session = connect('http://localhost', { createConnection: () => new net.Socket({ fd }) })
      session.on('error', () => resolve(false))
      setTimeout(() => resolve(false), 100)
    }),
  'process.send': () => process.send?.('x'),
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const open = []
  for (const fd of [3, '3', 3.0, '0x3', Object(3), { valueOf: () => 3 }]) {
    for (const [name, way] of Object.entries(ways)) {
      try {
        if (await way(fd)) open.push(`${name} ${typeof fd}`)
      } catch {
        // Refused.
      }
    }
  }
  api.accessToken.setCustomClaim('open', open)
}
