import { describe, expect, test } from 'vitest'
import { SharedTriggerCache } from '../../../src/engine/shared-trigger-cache.ts'
import { CacheOverlay, type CacheRecord, readCacheEntry } from '../../../src/engine/trigger-cache.ts'

const now = 1_000_000
const empty = () => new CacheOverlay(new Map())
const until = (result: CacheRecord | string) => (typeof result === 'string' ? result : result.expires_at)
const set = (options?: unknown, key: unknown = 'k', value: unknown = 'v') =>
  until(readCacheEntry(empty(), key, value, options, now))

describe('an entry of the trigger cache', () => {
  test.each([
    ['no options', undefined, now + 900_000],
    ['an empty object', {}, now + 900_000],
    ['ttl in milliseconds', { ttl: 5 }, now + 5],
    ['a fraction of a millisecond, floored', { ttl: 1.9 }, now + 1],
    ['expires_at', { expires_at: now + 7 }, now + 7],
    ['both, the earlier one', { ttl: 9, expires_at: now + 7 }, now + 7],
    ['undefined members', { ttl: undefined, expires_at: undefined }, now + 900_000],
    ['ttl 0', { ttl: 0 }, 'ItemAlreadyExpired'],
    ['ttl -1', { ttl: -1 }, 'ItemAlreadyExpired'],
    ['expires_at in the past', { expires_at: now - 1 }, 'ItemAlreadyExpired'],
    ['ttl NaN', { ttl: Number.NaN }, 'InvalidExpiry'],
    ['ttl null', { ttl: null }, 'InvalidExpiry'],
    ['ttl a text', { ttl: '5' }, 'InvalidExpiry'],
    ['expires_at infinite', { expires_at: Number.POSITIVE_INFINITY }, 'InvalidExpiry'],
    ['expires_at past the safe integers', { expires_at: 2 ** 60 }, 'InvalidExpiry'],
    ['ttl over a day, cut to a day', { ttl: 48 * 3_600_000 }, now + 24 * 3_600_000],
  ])('with %s', (_what, options, expected) => {
    expect(set(options)).toBe(expected)
  })

  test.each([
    ['a key of 64 bytes', 'é'.repeat(32), 'v', now + 900_000],
    ['a key of 66 bytes', 'é'.repeat(33), 'v', 'CacheKeySizeExceeded'],
    ['a value of 4096 bytes', 'k', 'x'.repeat(4_096), now + 900_000],
    ['a value of 4097 bytes', 'k', 'x'.repeat(4_097), 'CacheValueSizeExceeded'],
    ['both too long: the key is named', 'k'.repeat(65), 'x'.repeat(4_097), 'CacheKeySizeExceeded'],
  ])('with %s', (_what, key, value, expected) => {
    expect(set(undefined, key, value)).toBe(expected)
  })

  test.each([
    [1, 'v'],
    ['k', 1],
    ['k', undefined],
    ['k', { a: 1 }],
  ])('with key %j and value %j throws ERR_INVALID_ARG_TYPE', (key, value) => {
    expect(() => readCacheEntry(empty(), key, value, undefined, now)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }),
    )
  })

  test('all keys and values together take 16,640 bytes at most, an overwritten value still counted', () => {
    const overlay = empty()
    const put = (key: string, value: string) => {
      const entry = readCacheEntry(overlay, key, value, undefined, now)
      if (typeof entry !== 'string') overlay.put(key, entry)
      return typeof entry === 'string' ? entry : 'ok'
    }
    expect(['a', 'b', 'c', 'd'].map((key) => put(key, 'x'.repeat(4_096)))).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(put('e', 'x'.repeat(251))).toBe('ok')
    expect(put('f', '')).toBe('CacheSizeExceeded')
    expect(put('a', 'short')).toBe('CacheSizeExceeded')
  })

  test('a twenty-first entry is refused; writing one of the twenty again is not', () => {
    const overlay = empty()
    for (let i = 0; i < 20; i++) overlay.put(`k${i}`, { value: 'v', expires_at: now + 1 })
    expect(readCacheEntry(overlay, 'k20', 'v', undefined, now)).toBe('MaxSideEffectsExceeded')
    expect(readCacheEntry(overlay, 'k19', 'v', undefined, now)).toMatchObject({ value: 'v' })
    // Expired ones make room.
    expect(readCacheEntry(overlay, 'k20', 'v', undefined, now + 2)).toMatchObject({ value: 'v' })
  })

  test('is there until its time is over, and not after', () => {
    const overlay = new CacheOverlay(new Map([['k', { value: 'v', expires_at: now }]]))
    expect(overlay.get('k', now)).toEqual({ value: 'v', expires_at: now })
    expect(overlay.get('k', now + 1)).toBeUndefined()
    expect(overlay.remove('k', now + 1)).toBe(false)
  })
})

describe('the trigger cache of the server', () => {
  const record = (value: string): CacheRecord => ({ value, expires_at: now + 1_000 })

  test('takes the changes of finished executions and tells its listeners', () => {
    const cache = new SharedTriggerCache()
    const told: unknown[] = []
    const stop = cache.subscribe((changes) => told.push(changes))
    expect(
      cache.apply(
        [
          { key: 'a', record: record('1') },
          { key: 'b', record: record('2') },
        ],
        now,
      ),
    ).toEqual([])
    cache.apply([{ key: 'a' }], now)
    stop()
    cache.apply([{ key: 'c', record: record('3') }], now)
    expect([...cache.entries.keys()]).toEqual(['b', 'c'])
    expect(told).toHaveLength(2)
  })

  test('tells its listeners of what expired as of deletions: a mirror would keep it for ever', () => {
    const cache = new SharedTriggerCache()
    cache.apply(
      [
        { key: 'short', record: { value: 'v', expires_at: now + 1 } },
        { key: 'long', record: record('v') },
      ],
      now,
    )
    const told: unknown[] = []
    cache.subscribe((changes) => told.push(...changes))
    cache.apply([{ key: 'new', record: record('v') }], now + 2)
    expect(told).toEqual([{ key: 'short' }, { key: 'new', record: record('v') }])
    expect([...cache.entries.keys()]).toEqual(['long', 'new'])
  })

  test('refuses what finds no room because others were quicker', () => {
    const cache = new SharedTriggerCache()
    for (let i = 0; i < 20; i++) cache.apply([{ key: `k${i}`, record: record('v') }], now)
    expect(
      cache.apply(
        [
          { key: 'late', record: record('v') },
          { key: 'k0', record: record('new') },
        ],
        now,
      ),
    ).toEqual(['late'])
    expect(cache.entries.get('k0')?.value).toBe('new')
  })
  test('counts bytes where characters could be too many: what fits in 16,640 bytes is taken, one more is not', () => {
    const cache = new SharedTriggerCache()
    for (const key of ['a', 'b', 'c']) cache.apply([{ key, record: record('x'.repeat(4_096)) }], now)
    const left = 16_640 - 3 * 4_097 - 1
    const tooMuch = { key: 'd', record: record(`é${'x'.repeat(left - 1)}`) }
    expect(cache.apply([tooMuch], now)).toEqual(['d'])
    expect(cache.apply([{ key: 'd', record: record(`é${'x'.repeat(left - 2)}`) }], now)).toEqual([])
    // In the place of another, it is that one's room.
    expect(cache.apply([{ key: 'd', record: record('v') }], now)).toEqual([])
    expect(cache.entries.get('d')?.value).toBe('v')
  })
})
