import { describe, expect, test } from 'vitest'
import { openRevokedTokens } from '../../../src/oauth/index.ts'
import { openMemoryStore } from '../../../src/storage/memory/store.ts'

const start = Date.UTC(2026, 0, 2, 3, 4, 5)
const exp = start / 1_000 + 60
const revoked = (token: string, lives = 60) => ({ token, client_id: 'client1', exp: start / 1_000 + lives })

function clockAt(now: number) {
  const clock = { now }
  return { clock, read: () => clock.now }
}

describe('a revoked token', () => {
  test('is remembered by whoever opens the store next', async () => {
    const store = openMemoryStore()
    const first = await openRevokedTokens(store, () => start)
    await first.add(revoked('jti:a'))
    const second = await openRevokedTokens(store, () => start)
    expect([second.has('jti:a'), second.has('jti:b')]).toEqual([true, false])
    expect(await store.revokedTokens.list()).toMatchObject([
      { token: 'jti:a', client_id: 'client1', exp, revoked_at: '2026-01-02T03:04:05.000Z' },
    ])
  })

  test('is remembered by a server that was running, once it looks again', async () => {
    const store = openMemoryStore()
    const [first, second] = await Promise.all([1, 2].map(() => openRevokedTokens(store, () => start)))
    await first?.add(revoked('jti:a'))
    expect(second?.has('jti:a')).toBe(false)
    await second?.reload()
    expect(second?.has('jti:a')).toBe(true)
  })

  test('is remembered once, however often and at the same time it is revoked, here and elsewhere', async () => {
    const store = openMemoryStore()
    const [first, second] = await Promise.all([1, 2].map(() => openRevokedTokens(store, () => start)))
    await Promise.all([first, first, second, second].map((tokens) => tokens?.add(revoked('jti:a'))))
    await first?.add(revoked('jti:a'))
    expect([first?.has('jti:a'), second?.has('jti:a')]).toEqual([true, true])
    expect(await store.revokedTokens.list()).toHaveLength(1)
  })

  test('is not said to be revoked when the store did not take it', async () => {
    const store = openMemoryStore()
    const broken = {
      ...store,
      revokedTokens: {
        ...store.revokedTokens,
        create: async () => {
          throw new Error('disk full')
        },
      },
    }
    const tokens = await openRevokedTokens(broken, () => start)
    await expect(tokens.add(revoked('jti:a'))).rejects.toThrow('disk full')
    expect(tokens.has('jti:a')).toBe(false)
  })
})

describe('a revoked token that has expired', () => {
  test('is removed when the store is opened, and when it is read again; the others stay', async () => {
    const store = openMemoryStore()
    const { clock, read } = clockAt(start)
    const tokens = await openRevokedTokens(store, read)
    await tokens.add(revoked('jti:short', 10))
    await tokens.add(revoked('jti:long', 100))
    clock.now += 10_000
    await tokens.reload()
    expect([tokens.size, tokens.has('jti:long')]).toEqual([1, true])
    expect(await store.revokedTokens.list()).toMatchObject([{ token: 'jti:long' }])
    clock.now += 90_000
    expect((await openRevokedTokens(store, read)).size).toBe(0)
    expect(await store.revokedTokens.list()).toEqual([])
  })

  test('is removed as others are added: never more than twice the live ones, or 1,024', async () => {
    const store = openMemoryStore()
    const { clock, read } = clockAt(start)
    const tokens = await openRevokedTokens(store, read)
    for (let index = 0; index < 3_000; index++) {
      clock.now = start + index * 1_000
      await tokens.add({ token: `jti:${index}`, client_id: 'client1', exp: start / 1_000 + index + 100 })
      expect(tokens.size).toBeLessThanOrEqual(1_025)
    }
    expect((await store.revokedTokens.list()).length).toBe(tokens.size)
    expect(tokens.has('jti:2999')).toBe(true)
  })

  test('is not remembered at all', async () => {
    const store = openMemoryStore()
    const tokens = await openRevokedTokens(store, () => start)
    await tokens.add(revoked('jti:a', 0))
    expect([tokens.size, await store.revokedTokens.list()]).toEqual([0, []])
  })
})
