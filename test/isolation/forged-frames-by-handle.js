// outcome: completed; claim open=[]; beside served
const fs = require('node:fs')
const net = require('node:net')
const tty = require('node:tty')
const dgram = require('node:dgram')
const symbolsOf = (value) => Object.getOwnPropertySymbols(value).map((symbol) => value[symbol])
const classesOf = async () => {
  const pipe = net.connect({ path: '/nowhere' }).on('error', () => {})
  const tcp = net.connect({ port: 1, host: '127.0.0.1' }).on('error', () => {})
  const udp = dgram.createSocket('udp4')
  const file = await fs.promises.open(__filename)
  const classes = { pipe: pipe._handle?.constructor, tcp: tcp._handle?.constructor }
  for (const state of symbolsOf(udp)) if (state?.handle) classes.udp = state.handle.constructor
  for (const handle of symbolsOf(file)) if (typeof handle?.readStart === 'function') classes.file = handle.constructor
  for (const socket of [pipe, tcp]) socket.destroy()
  udp.close()
  await file.close()
  return classes
}
const opens = {
  pipe: (Pipe) => {
    const pipe = new Pipe(0)
    return pipe.open(3) === 0 && pipe.readStart() === 0
  },
  tcp: (TCP) => {
    const tcp = new TCP(0)
    return tcp.open(3) === 0 && tcp.readStart() === 0
  },
  udp: (UDP) => new UDP().open(3) === 0,
  file: (FileHandle) => new FileHandle(3).readStart() === 0,
}
exports.onExecuteCredentialsExchange = async (_event, api) => {
  const open = []
  for (const [name, type] of Object.entries(await classesOf())) {
    if (type === undefined) continue
    try {
      if (opens[name](type)) open.push(name)
    } catch {
      // Refused.
    }
  }
  try {
    if (new tty.ReadStream(3)._handle) open.push('tty')
  } catch {
    // Refused.
  }
  api.accessToken.setCustomClaim('open', open)
}
