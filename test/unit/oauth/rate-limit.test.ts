import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit } from '../../../src/oauth/rate-limit.ts'

const start = Date.UTC(2026, 0, 1)

test('of requests at any times, no more pass than the burst and what has come back since', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 300 }),
      (perSecond, burst, steps) => {
        const limit = new RateLimit({ perSecond, burst })
        let nowMs = start
        let passed = 0
        for (const step of steps) {
          nowMs += step
          if (limit.take(nowMs).refusal === undefined) passed += 1
        }
        expect(passed).toBeLessThanOrEqual(burst + Math.floor(((nowMs - start) * perSecond) / 1_000))
      },
    ),
  )
})

test('a request in each interval of the rate always passes, however many there are', () => {
  const limit = new RateLimit({ perSecond: 8, burst: 1 })
  for (let n = 0; n < 10_000; n += 1) expect(limit.take(start + n * 125).refusal).toBeUndefined()
})

test('a clock that goes back and forth gives nothing that real time would not', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 3 })
  for (let n = 0; n < 3; n += 1) limit.take(start)
  expect(limit.take(start - 60_000).refusal).toBeDefined()
  expect(limit.take(start - 59_001).refusal).toBeDefined()
  expect(limit.take(start - 59_000).refusal).toBeUndefined()
})

test('after a clock was set back, notices are not withheld until it has caught up', () => {
  const limit = new RateLimit({ perSecond: 1, burst: 1 })
  const types = [start, start, start - 86_400_000].map((nowMs) => limit.take(nowMs).notice?.type)
  expect(types).toEqual(['api_limit_warning', 'api_limit', 'api_limit'])
})

test('the time to come again is that of the next request that passes, in whole seconds and never none', () => {
  const rows = [
    { perSecond: 1, at: start + 1, wait: '1' },
    { perSecond: 100, at: start, wait: '1' },
  ]
  for (const { perSecond, at, wait } of rows) {
    const limit = new RateLimit({ perSecond, burst: 1 })
    limit.take(start)
    expect(limit.take(at).refusal?.headers).toEqual({ 'retry-after': wait })
  }
})
