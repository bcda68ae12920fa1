import { afterAll, afterEach, expect, test } from 'vitest'
import type { BoundVersion, JsonObject } from '../../../src/domain/index.ts'
import type { Invocation } from '../../../src/engine/index.ts'
import { handler, invocation, openPool, processLimits } from '../../support/runner.ts'

const shared = openPool({ limits: processLimits({ stuckMs: 300 }), tellsTurns: true })
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(async () => (await shared).close())

function asking(versions: readonly BoundVersion[], body: JsonObject, deadlineMs = 5_000): Invocation {
  const plain = invocation(versions, { deadlineMs })
  return { ...plain, varying: { ...plain.varying, request: { ...plain.varying.request, body } } }
}

const badEnds = {
  'never gives way': { body: { loop: true }, kind: 'timed-out' },
  'never settles': { body: { hang: true }, kind: 'timed-out', deadlineMs: 300 },
  'is in a process that the system kills': { body: { hang: true, kill: true }, kind: 'exited' },
} as const

test.for(Object.entries(badEnds))(
  'an action that %s answers for it itself, and what those before it printed is kept',
  async ([, { body, kind, ...given }]) => {
    const { pool, bind } = await shared
    const deadlineMs = 'deadlineMs' in given ? given.deadlineMs : 5_000
    const first = handler(`console.log('first'); await null; api.accessToken.setCustomClaim('a', 1)`)
    const last = handler(`if (event.request.body.loop) for (;;) {}
      if (event.request.body.hang) await new Promise(() => {})`)
    const versions = bind(first, first, last)
    await pool.prepare(versions)
    const ended = pool.invoke(asking(versions, body, deadlineMs))
    if ('kill' in body) {
      const [pid] = pool.pids
      // Its answer comes after what the first one told of its turns.
      await pool.invoke(asking(versions, {}))
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    }
    const outcomes = await ended
    pool.retain([])
    const completed = { kind: 'completed', console: ['first'] }
    expect(outcomes).toMatchObject([completed, completed, { kind }])
    expect(outcomes[2]?.startedAt).toBeGreaterThanOrEqual(outcomes[1]?.endedAt ?? Number.NaN)
  },
)

test('where nobody watches, the first loss is told of the first action, and every later one of the action that had its turn', async () => {
  const { pool, bind, close } = await openPool({ limits: processLimits({ stuckMs: 300 }) })
  closers.push(close)
  const versions = bind(handler(''), handler('if (event.request.body.hang) await new Promise(() => {})'))
  await pool.prepare(versions)
  const lost = () => pool.invoke(asking(versions, { hang: true }, 300))
  expect(await lost()).toMatchObject([{ kind: 'timed-out' }])
  expect(await lost()).toMatchObject([{ kind: 'completed' }, { kind: 'timed-out' }])
})

test('a further action sees the event of its own exchange, however many clients came while the one before it ran', async () => {
  const { pool, bind } = await shared
  const first = `let go
    const gone = new Promise((resolve) => { go = resolve })
    ${handler(`if (event.request.body.waits) await gone
      if (event.request.body.goes) go()`)}`
  const versions = bind(first, handler(`api.accessToken.setCustomClaim('seen', event.client.client_id)`))
  await pool.prepare(versions)
  const ofClient = (client_id: string, body: JsonObject) => {
    const plain = asking(versions, body)
    return pool.invoke({ ...plain, fixed: { ...plain.fixed, client: { ...plain.fixed.client, client_id } } })
  }
  const waiting = ofClient('waits', { waits: true })
  // As many as a process remembers, and one more.
  for (let n = 0; n < 4_096; n += 64)
    await Promise.all(Array.from({ length: 63 }, (_, index) => ofClient(`client ${n + index}`, {})))
  await Promise.all(Array.from({ length: 63 }, (_, index) => ofClient(`last ${index}`, {})))
  await ofClient('goes', { goes: true })
  const [, second] = await waiting
  expect(second).toMatchObject({ commands: [{ type: 'set-claim', name: 'seen', value: 'waits' }] })
  pool.retain([])
})
