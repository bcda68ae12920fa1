import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Inspector } from '../../../src/runner/index.ts'

const paused = '{"method":"Debugger.paused","params":{"reason":"other"}}'
const resumed = '{"method":"Debugger.resumed","params":{}}'

/** A text as a frame of a server's. RFC 6455 §5.2 */
function frame(text: string): Buffer {
  const body = Buffer.from(text)
  const short = body.length < 126 ? [body.length] : body.length < 65_536 ? [126] : [127]
  const header = Buffer.from([0x81, ...short])
  const length = Buffer.alloc(short[0] === 126 ? 2 : short[0] === 127 ? 8 : 0)
  if (length.length === 2) length.writeUInt16BE(body.length)
  if (length.length === 8) length.writeBigUInt64BE(BigInt(body.length))
  return Buffer.concat([header, length, body])
}

/** A door with a process behind it whose inspector is this test, and a debugger that has come through. */
async function visited() {
  let now = 1_000
  const door = await Inspector.open(0, () => now)
  const behind = await door.admit()
  const inspector = createServer().listen(behind.port, '127.0.0.1')
  onTestFinished(() => {
    door.close()
    inspector.close()
  })
  await once(inspector, 'listening')
  behind.lead()
  const debuggers = connect(door.port, '127.0.0.1').resume()
  const [socket]: Socket[] = await once(inspector, 'connection')
  if (socket === undefined) throw new Error('nobody came through')
  debuggers.write('GET /id HTTP/1.1\r\nUpgrade: websocket\r\n\r\n')
  await once(socket, 'data')
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n')
  const isPaused = (is: boolean) => expect.poll(() => door.isPaused).toBe(is)
  const pass = (ms: number) => {
    now += ms
  }
  return { door, behind, debuggers, socket, isPaused, pass }
}

test('time for which a debugger has the process stand still is counted, however its messages are cut', async () => {
  const { door, behind, socket, isPaused, pass } = await visited()
  for (const byte of Buffer.concat([frame('x'.repeat(300)), frame(paused)])) socket.write(Buffer.from([byte]))
  await isPaused(true)
  pass(700)
  expect(behind.stoodStillMs).toBe(700)
  socket.write(Buffer.concat([frame(resumed), frame('{"id":1}')]))
  await isPaused(false)
  pass(5_000)
  socket.write(Buffer.concat([frame('y'.repeat(70_000)), frame(paused)]))
  await isPaused(true)
  pass(1)
  expect(door.stoodStillMs).toBe(701)
})

test('a message that only quotes one of a pause is none', async () => {
  const { socket, isPaused, pass, door } = await visited()
  socket.write(frame(JSON.stringify({ id: 1, result: { scriptSource: paused } })))
  socket.write(frame(paused))
  await isPaused(true)
  pass(10)
  expect(door.stoodStillMs).toBe(10)
})

test('a debugger that goes has nothing stand still any more', async () => {
  const { debuggers, socket, isPaused } = await visited()
  socket.write(frame(paused))
  await isPaused(true)
  debuggers.destroy()
  await isPaused(false)
})

test('a process that takes over is the one that debuggers reach, and those of the one before lose it', async () => {
  const { door, behind, debuggers, socket, isPaused } = await visited()
  socket.write(frame(paused))
  await isPaused(true)
  const next = await door.admit()
  next.lead()
  await once(debuggers, 'close')
  await isPaused(false)
  // Its own end is that of nobody else.
  behind.leave()
  const inspector = createServer().listen(next.port, '127.0.0.1')
  onTestFinished(() => void inspector.close())
  await once(inspector, 'listening')
  const connected = once(inspector, 'connection')
  const again = connect(door.port, '127.0.0.1')
  await connected
  again.destroy()
})
