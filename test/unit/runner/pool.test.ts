import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { BoundVersion, JsonObject } from '../../../src/domain/index.ts'
import type { Invocation } from '../../../src/engine/index.ts'
import { isAlive } from '../../isolation/processes.ts'
import { handler, invocation, type OpenPool, openPool, processLimits } from '../../support/runner.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A pool that gives up on a silent process after 400 ms; closed with the test. */
async function open(overrides: Parameters<typeof openPool>[0] = {}): Promise<OpenPool> {
  const opened = await openPool({ limits: processLimits({ stuckMs: 400 }), ...overrides })
  closers.push(opened.close)
  return opened
}

/** A server of the test's own: what actions cause outside of their process arrives in `lines`. */
async function openWitness(): Promise<{ readonly port: number; readonly lines: readonly string[] }> {
  const lines: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('data', (chunk) => lines.push(...chunk.toString().trim().split('\n')))
    // A killed process may reset its connection.
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the witness has no port')
  return { port: address.port, lines }
}

/** One execution whose request has this body. */
function asking(
  versions: readonly BoundVersion[],
  body: JsonObject,
  overrides: Parameters<typeof invocation>[1] = {},
): Invocation {
  const plain = invocation(versions, overrides)
  return { ...plain, varying: { ...plain.varying, request: { ...plain.varying.request, body } } }
}

function spawned({ told }: OpenPool): number {
  return told.filter((entry) => entry === 'spawn').length
}

/** Kills a process of the pool as the system would, and waits until the pool has told of its end. */
async function kill({ told }: OpenPool, pid: number | undefined): Promise<void> {
  if (pid === undefined) throw new Error('the pool has no such process')
  const ends = () => told.filter((entry) => entry.startsWith('end ')).length
  const before = ends()
  process.kill(pid, 'SIGKILL')
  await expect.poll(ends).toBe(before + 1)
}

test('runs of their own wait for each other; one more than may wait is turned away, and not begun', async () => {
  const opened = await open({ once: { atOnce: 1, waiting: 1 } })
  const content = { version_id: 'v', action_name: 'a', secrets: {}, code: handler(`console.log(Date.now())`) }
  const { versions, ...order } = invocation([])
  const runs = [1, 2, 3].map(() => opened.pool.runOnce([content], order, { cache: opened.cache }))
  const kinds = (await Promise.all(runs)).map(({ outcomes }) => outcomes.map(({ kind }) => kind))
  expect(kinds).toEqual([['completed'], ['completed'], ['overloaded']])
  expect(spawned(opened)).toBe(2)
})

describe('a lost process', () => {
  test('a call that had begun in it is not run again, however large the batch it came in', async () => {
    const witness = await openWitness()
    const opened = await open()
    // A new process would run all of it to its end: a second effect would be seen, and a completed outcome.
    const versions = opened.bind(`const { once } = require('node:events')
      const socket = require('node:net').connect(${witness.port}, '127.0.0.1').on('error', () => {})
      const connected = once(socket, 'connect')
      let hasFirst = false
      ${handler(`const { n, loop } = event.request.body
        await connected
        socket.write('effect ' + n + '\\n')
        if (n === 0) { hasFirst = true; await new Promise(() => {}) }
        if (hasFirst && loop) for (;;) {}`)}`)
    const first = opened.pool.invoke(asking(versions, { n: 0 }))
    await expect.poll(() => witness.lines).toContain('effect 0')

    const padding = 'x'.repeat(60_000)
    const outcomes = await Promise.all(
      [1, 2, 3].map((n) => opened.pool.invoke(asking(versions, { n, loop: n === 2, padding }))),
    )
    expect(outcomes[1]?.[0]?.kind).toBe('timed-out')
    expect((await first)[0]?.kind).toBe('timed-out')

    // Behind everything the process that took over may have written.
    await opened.pool.invoke(asking(versions, { n: 4 }))
    await expect.poll(() => witness.lines).toContain('effect 4')
    expect(witness.lines.filter((line) => line === 'effect 2')).toHaveLength(1)
    expect(new Set(witness.lines).size).toBe(witness.lines.length)
  })

  test('is replaced while nothing waits: the versions are ready again without a call', async () => {
    const opened = await open()
    const versions = opened.bind(handler(''))
    await opened.pool.prepare(versions)
    const [active] = opened.pool.pids
    await kill(opened, active)
    await expect.poll(() => opened.pool.isReady(versions)).toBe(true)
    expect(opened.pool.pids).not.toContain(active)
  })

  test('that blocks in something late of an action costs no exchange sent meanwhile', async () => {
    const witness = await openWitness()
    const opened = await open()
    const versions = opened.bind(
      handler(`if (!event.request.body.block) return
        const socket = require('node:net').connect(${witness.port}, '127.0.0.1').on('error', () => {})
        await require('node:events').once(socket, 'connect')
        setTimeout(() => { socket.write('blocked\\n'); for (;;) {} }, 60)`),
    )
    const [returned] = await opened.pool.invoke(asking(versions, { block: true }))
    expect(returned?.kind).toBe('completed')
    await expect.poll(() => witness.lines).toContain('blocked')
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => opened.pool.invoke(invocation(versions))))
    expect(outcomes.map(([outcome]) => outcome?.kind)).toEqual(Array(10).fill('completed'))
    expect(opened.told).toContainEqual(expect.stringMatching(/^end .*timed-out/))
  })

  test('is one for twenty hung calls: their deadlines, one after the other, retire it and no other', async () => {
    const opened = await open()
    const versions = opened.bind(handler('await new Promise(() => {})'))
    await opened.pool.prepare(versions)
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        opened.pool.invoke(invocation(versions, { deadlineMs: 200 + index * 50 })),
      ),
    )
    expect(outcomes.map(([outcome]) => outcome?.kind)).toEqual(Array(20).fill('timed-out'))
    // The one at work, the one that stood by, and the one that stands by for that.
    expect(spawned(opened)).toBeLessThanOrEqual(3)
  })
})

describe('a pool that is done with versions', () => {
  test('serves the calls that waited when they were retired, by one new process if need be, and keeps none', async () => {
    const witness = await openWitness()
    const opened = await open({ inFlight: 1, graceMs: 200 })
    const versions = opened.bind(
      handler(`if (!event.request.body.hang) return
        const socket = require('node:net').connect(${witness.port}, '127.0.0.1').on('error', () => {})
        socket.write('begun\\n')
        await new Promise(() => {})`),
    )
    await opened.pool.prepare(versions)
    const hung = opened.pool.invoke(asking(versions, { hang: true }))
    // A call that its process has not read yet would be run again, and hang again.
    await expect.poll(() => witness.lines).toContain('begun')
    const waiting = [1, 2, 3].map(() => opened.pool.invoke(asking(versions, {})))
    await expect.poll(() => spawned(opened)).toBe(2)
    const [active, standby] = opened.pool.pids
    opened.pool.retain([])
    // The one standing by first: what waits must not be handed to a process that is as good as dead.
    await kill(opened, standby)
    await kill(opened, active)
    expect((await hung)[0]?.kind).toBe('exited')
    for (const outcomes of await Promise.all(waiting)) expect(outcomes[0]?.kind).toBe('completed')
    await expect.poll(() => opened.pool.pids).toEqual([])
    expect(spawned(opened)).toBe(3)
  })

  test('keeps no process of retired versions whose waiting calls ran out of time', async () => {
    // As the system knows them: a pool that lost one would not count it.
    const spawnedPids: number[] = []
    const opened = await open({
      inFlight: 1,
      graceMs: 200,
      events: {
        onSpawn: (pid) => spawnedPids.push(pid ?? 0),
        onEnd: () => undefined,
        onBreaker: () => undefined,
        onLate: () => undefined,
        onDefect: () => undefined,
      },
    })
    const versions = opened.bind(handler('await new Promise(() => {})'))
    await opened.pool.prepare(versions)
    await expect.poll(() => spawnedPids).toHaveLength(2)
    const calls = [600, 300, 200].map((deadlineMs) => opened.pool.invoke(invocation(versions, { deadlineMs })))
    opened.pool.retain([])
    for (const outcomes of await Promise.all(calls)) expect(outcomes[0]?.kind).toBe('timed-out')
    await expect.poll(() => spawnedPids.filter(isAlive)).toEqual([])
    expect(opened.pool.pids).toEqual([])
    expect(spawnedPids.length).toBeLessThanOrEqual(3)
  })

  test('fails what waits when it closes, and starts nothing more', async () => {
    const opened = await open({ inFlight: 1 })
    const versions = opened.bind(handler('await new Promise(() => {})'))
    await opened.pool.prepare(versions)
    await expect.poll(() => spawned(opened)).toBe(2)
    const calls = [1, 2].map(() => opened.pool.invoke(invocation(versions, { deadlineMs: 1_000 })))
    const before = opened.pool.pids
    opened.pool.close()
    for (const outcomes of await Promise.all(calls)) expect(outcomes[0]?.kind).toBe('exited')
    await expect.poll(() => before.some(isAlive)).toBe(false)
    expect(spawned(opened)).toBe(2)
    expect(opened.told.filter((entry) => entry.startsWith('defect'))).toEqual([])
  })
})

describe('what a pool loads', () => {
  test('content that cannot be read once is asked for again', async () => {
    let asked = 0
    const opened = await open({
      content: async ({ version_id, action_name }) => {
        asked += 1
        if (asked === 1) throw new Error('too many open files')
        return { version_id, action_name, code: handler(''), secrets: {} }
      },
    })
    const versions = opened.bind('')
    await expect(opened.pool.prepare(versions)).rejects.toThrow('too many open files')
    await expect(opened.pool.prepare(versions)).resolves.toHaveLength(1)
    expect((await opened.pool.invoke(invocation(versions)))[0]?.kind).toBe('completed')
  })

  test('eleven actions of 99,000 bytes each are prepared and run together', async () => {
    const opened = await open()
    const body = handler('')
    const versions = opened.bind(...Array.from({ length: 11 }, () => `${body}\n//`.padEnd(99_000, 'x')))
    const loaded = await opened.pool.prepare(versions)
    expect(loaded).toEqual(versions.map(({ version_id }) => ({ version_id })))
    const outcomes = await opened.pool.invoke(invocation(versions))
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(11).fill('completed'))
  })
})

describe('what a pool takes', () => {
  test('without a queue a call is served when a process has room, and refused when none has', async () => {
    const opened = await open({ queue: 0, inFlight: 1 })
    const versions = opened.bind(handler('if (event.request.body.hang) await new Promise(() => {})'))
    await opened.pool.prepare(versions)
    expect((await opened.pool.invoke(invocation(versions)))[0]?.kind).toBe('completed')
    const hung = opened.pool.invoke(asking(versions, { hang: true }, { deadlineMs: 200 }))
    expect((await opened.pool.invoke(invocation(versions)))[0]?.kind).toBe('overloaded')
    expect((await hung)[0]?.kind).toBe('timed-out')
  })

  test('an event larger than a process is sent fails its own call and no other', async () => {
    const opened = await open()
    const versions = opened.bind(handler(''))
    await opened.pool.prepare(versions)
    const [before, tooLarge, after] = await Promise.allSettled([
      opened.pool.invoke(invocation(versions)),
      opened.pool.invoke(asking(versions, { text: 'x'.repeat(1_200_000) })),
      opened.pool.invoke(invocation(versions)),
    ])
    expect(tooLarge).toMatchObject({ status: 'rejected', reason: expect.any(Error) })
    for (const served of [before, after]) expect(served).toMatchObject({ value: [{ kind: 'completed' }] })
    expect((await opened.pool.invoke(invocation(versions)))[0]?.kind).toBe('completed')
    expect(opened.told).not.toContainEqual(expect.stringMatching(/^end /))
  })

  test('of thousands of calls on api after the handler settled the operator is told of a few', async () => {
    const opened = await open()
    const versions = opened.bind(`let flooded
      ${handler(`if (event.request.body.wait) return flooded
        flooded = new Promise((resolve) => {
          let ticks = 0
          const timer = setInterval(() => {
            for (let i = 0; i < 500; i++) api.access.deny('server_error')
            if (++ticks < 10) return
            clearInterval(timer)
            resolve()
          }, 1)
        })`)}`)
    await opened.pool.invoke(invocation(versions))
    // What it answers comes after everything told before.
    expect((await opened.pool.invoke(asking(versions, { wait: true })))[0]?.kind).toBe('completed')
    const late = opened.told.filter((entry) => entry === 'late action 1 api.access.deny')
    expect(late.length).toBeGreaterThan(0)
    expect(late.length).toBeLessThanOrEqual(100)
  })
})
