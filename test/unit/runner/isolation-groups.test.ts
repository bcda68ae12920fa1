import { afterEach, describe, expect, test } from 'vitest'
import type { Outcome } from '../../../src/engine/index.ts'
import { handler, invocation, type OpenPool, openPool, processLimits } from '../../support/runner.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function open(overrides: Parameters<typeof openPool>[0] = {}): Promise<OpenPool> {
  const opened = await openPool(overrides)
  closers.push(opened.close)
  return opened
}

function claims(outcome: Outcome | undefined): Readonly<Record<string, unknown>> {
  if (outcome?.kind !== 'completed') throw new Error(`not completed: ${JSON.stringify(outcome)}`)
  return Object.fromEntries(
    outcome.commands.flatMap((command) => (command.type === 'set-claim' ? [[command.name, command.value]] : [])),
  )
}

describe('a process for each action', () => {
  test('two actions share no global: what one leaves behind the other does not find', async () => {
    const opened = await open({ isolation: 'action' })
    const versions = opened.bind(
      {
        code: handler(`globalThis.left = event.secrets.KEY; api.accessToken.setCustomClaim('pid', process.pid)`),
        secrets: { KEY: 'a' },
      },
      handler(
        `api.accessToken.setCustomClaim('left', globalThis.left ?? null); api.accessToken.setCustomClaim('pid', process.pid)`,
      ),
    )
    const [first, second] = await opened.pool.invoke(invocation(versions))
    expect(claims(second).left).toBeNull()
    expect(claims(second).pid).not.toBe(claims(first).pid)
  })

  test('an action that tampers with what others rely on ends its own exchange and reaches no neighbour', async () => {
    const opened = await open({ isolation: 'action' })
    const [tamperer, neighbour] = opened.bind(
      handler(`Object.prototype.toJSON = function () { return 'forged' }`),
      handler(`api.accessToken.setCustomClaim('plan', event.client.metadata.plan)`),
    )
    if (tamperer === undefined || neighbour === undefined) throw new Error('unreachable')
    const [outcome] = await opened.pool.invoke(invocation([tamperer, neighbour]))
    expect(outcome?.kind).toBe('threw')
    const [alone] = await opened.pool.invoke(invocation([neighbour]))
    expect(claims(alone)).toEqual({ plan: 'gold' })
  })

  test('a later action goes on from what earlier ones asked for: claims, target scopes and cache', async () => {
    const opened = await open({ isolation: 'action' })
    const versions = opened.bind(
      handler(
        `api.accessToken.setCustomClaim('a', 1); api.transaction.removeTargetScope('write'); api.cache.set('k', 'v')`,
      ),
      handler(`api.accessToken.setCustomClaim('seen', {
        claims: event.accessToken.customClaims, scopes: event.transaction.target_scopes, cached: api.cache.get('k').value })`),
    )
    const [, second] = await opened.pool.invoke(invocation(versions))
    expect(claims(second).seen).toEqual({ claims: { a: 1 }, scopes: ['read'], cached: 'v' })
  })

  test('the deadline is one for all of them together', async () => {
    const opened = await open({ isolation: 'action' })
    const slow = handler(`await new Promise((resolve) => setTimeout(resolve, 300))`)
    const versions = opened.bind(slow, slow, slow)
    await opened.pool.prepare(versions)
    const outcomes = await opened.pool.invoke(invocation(versions, { deadlineMs: 500 }))
    expect(outcomes.map(({ kind }) => kind)).toEqual(['completed', 'timed-out'])
  })
})

describe('a group under load', () => {
  // Blocks for a while, so that what comes meanwhile waits for the process to read it.
  const busy = handler(
    `const until = Date.now() + 60; while (Date.now() < until); api.accessToken.setCustomClaim('pid', process.pid)`,
  )

  test('takes another process when calls wait, up to its bound, and gives none back unserved', async () => {
    const opened = await open({ maxProcesses: 2 })
    const versions = opened.bind(busy)
    await opened.pool.prepare(versions)
    const pids = new Set<unknown>()
    let outstanding = 0
    // As many as it takes until both have served: another process takes a moment to start. Never so many that a process is silent for long.
    for (let call = 0; call < 400 && (pids.size < 2 || outstanding > 0); call++) {
      if (pids.size < 2 && outstanding < 6) {
        outstanding += 1
        opened.pool.invoke(invocation(versions)).then(([outcome]) => {
          outstanding -= 1
          pids.add(claims(outcome).pid)
        }, expect.unreachable)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(pids.size).toBe(2)
    // Two at work, one standing by.
    await expect.poll(() => opened.pool.pids.length, { timeout: 10_000 }).toBe(3)
  })

  test('stays at one process where one is the bound', async () => {
    const opened = await open({ maxProcesses: 1 })
    const versions = opened.bind(busy)
    await opened.pool.prepare(versions)
    const calls = Array.from({ length: 6 }, () => opened.pool.invoke(invocation(versions)))
    const pids = (await Promise.all(calls)).map(([outcome]) => claims(outcome).pid)
    expect(new Set(pids).size).toBe(1)
  })
})

describe('a group whose processes keep ending', () => {
  test('opens its breaker: exchanges fail at once, the operator is told, and a later process serves again', async () => {
    const opened = await open({ limits: processLimits({ stuckMs: 400 }) })
    const versions = opened.bind(
      handler(
        `if (event.request.body.crash) process.emit('uncaughtException'), process.stdin.constructor, require('v8').setFlagsFromString`,
      ),
    )
    await opened.pool.prepare(versions)
    const { pids } = opened.pool
    expect(pids.length).toBeGreaterThan(0)
    // As a crash of Node would: from outside, whatever is at work.
    for (let lost = 0; lost < 8 && !opened.told.includes('breaker action 1'); lost++) {
      for (const pid of opened.pool.pids) process.kill(pid, 'SIGKILL')
      const before = opened.told.length
      await expect.poll(() => opened.told.length).toBeGreaterThan(before)
    }
    expect(opened.told).toContain('breaker action 1')
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => opened.pool.invoke(invocation(versions))))
    for (const [outcome] of outcomes) expect(['unavailable', 'completed']).toContain(outcome?.kind)
    await expect
      .poll(async () => (await opened.pool.invoke(invocation(versions)))[0]?.kind, { timeout: 10_000 })
      .toBe('completed')
    expect(opened.pool.state.broken).toEqual([])
  })
})

describe('the helper that starts processes', () => {
  test('when it is killed the processes it started end, and a new one starts others', async () => {
    const opened = await open()
    const versions = opened.bind(handler(`api.accessToken.setCustomClaim('pid', process.pid)`))
    const [first] = await opened.pool.invoke(invocation(versions))
    const helper = opened.pool.spawnerPid
    if (helper === undefined) throw new Error('there is no helper')
    process.kill(helper, 'SIGKILL')
    await expect.poll(() => opened.told.some((entry) => entry.startsWith('defect'))).toBe(true)
    await expect.poll(() => opened.pool.isReady(versions)).toBe(true)
    const [second] = await opened.pool.invoke(invocation(versions))
    expect(claims(second).pid).not.toBe(claims(first).pid)
  })
})
