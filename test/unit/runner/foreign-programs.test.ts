import { existsSync, readFileSync } from 'node:fs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { frameTypes } from '../../../src/runner/protocol.ts'
import { handler, invocation, openPool } from '../../support/runner.ts'

/** In the place of the child's program: answers as that does, and sends frames of the test's own before each result. */
function program(
  frames: readonly { readonly type: number; readonly number?: number; readonly body: string }[],
): string {
  return `const socket = new (require('node:net').Socket)({ fd: 3, readable: true, writable: true })
    let data = Buffer.alloc(0)
    let tag = 0
    const send = (type, number, text) => {
      const body = Buffer.from(text)
      const header = Buffer.alloc(13)
      header.writeUInt32LE(body.length, 0)
      header.writeUInt8(type, 4)
      header.writeUInt32LE(number, 5)
      header.writeUInt32LE(tag, 9)
      socket.write(Buffer.concat([header, body]))
    }
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk])
      while (data.length >= 13 && data.length >= 13 + data.readUInt32LE(0)) {
        const [end, type, number] = [13 + data.readUInt32LE(0), data.readUInt8(4), data.readUInt32LE(5)]
        const body = data.toString('utf8', 13, end)
        data = data.subarray(end)
        if (type === ${frameTypes.start}) tag = JSON.parse(body).tag
        if (type === ${frameTypes.load}) send(${frameTypes.loaded}, number, body)
        if (type !== ${frameTypes.invoke}) continue
        send(${frameTypes.taken}, number, '')
        for (const frame of ${JSON.stringify(frames)}) send(frame.type, frame.number ?? number, frame.body)
        send(${frameTypes.result}, number, JSON.stringify([${completed}]))
      }
    }).on('close', () => process.exit())`
}

const completed = JSON.stringify({ kind: 'completed', commands: [], console: [], startedAt: 0, endedAt: 0 })
const coverage = { type: frameTypes.coverage, body: '["action-0/action.js",0,1,1]' }
const turn = { type: frameTypes.turn, body: `[${completed}]` }

test.for([
  { name: 'what ran of code that nobody asked about', frames: [coverage], kind: 'exited' },
  { name: 'a further turn of an only action', frames: [turn], kind: 'exited' },
  { name: 'a turn of an execution that is over', frames: [{ ...turn, number: 4_000 }], kind: 'completed' },
])('a process that tells $name has $kind', async ({ frames, kind }) => {
  const opened = await openPool({ program: program(frames), standsAlone: true })
  onTestFinished(opened.close)
  const [bound] = await opened.pool.invoke(invocation(opened.bind(handler(''))))
  expect(bound?.kind).toBe(kind)
  const { versions, ...order } = invocation([])
  const content = { version_id: 'v', action_name: 'a', secrets: {}, code: handler('') }
  const tried = await opened.pool.runOnce([content], order, { cache: opened.cache })
  expect(tried).toMatchObject({ outcomes: [{ kind }] })
  expect(tried.coverage).toBeUndefined()
})

test.skipIf(!existsSync('/proc/self'))(
  'a process at work has Node’s permission model and no inspector, whatever the server was started with (needs /proc)',
  async () => {
    vi.stubEnv('NODE_OPTIONS', '--inspect=127.0.0.1:0')
    onTestFinished(() => void vi.unstubAllEnvs())
    const opened = await openPool({ standsAlone: true })
    onTestFinished(opened.close)
    const seen = handler(
      `api.accessToken.setCustomClaim('seen', [process.argv.slice(2), process.execArgv, process.env])`,
    )
    const versions = opened.bind(seen)
    const [outcome] = await opened.pool.invoke(invocation(versions))
    const flags = readFileSync(`/proc/${opened.pool.pids[0]}/cmdline`, 'utf8').split('\0')
    expect(flags).toContain('--permission')
    expect(flags.filter((flag) => /inspect|observed/.test(flag))).toEqual([])
    expect(outcome).toMatchObject({
      commands: [{ value: [[], flags.slice(1, -2), { TZ: 'UTC', NODE_ENV: 'production' }] }],
    })
  },
)
