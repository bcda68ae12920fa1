import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SameSecondTokens } from '../../../src/keys/same-second.ts'

const makers = [{}, {}, {}]

describe('the tokens of this second', () => {
  test('are found by maker and claims, and forgotten with the second', () => {
    const tokens = new SameSecondTokens()
    const [one = {}, other = {}] = makers
    tokens.keep(one, 'claims', 1, 'token')
    expect(tokens.find(one, 'claims', 1)).toBe('token')
    expect(tokens.find(other, 'claims', 1)).toBeUndefined()
    expect(tokens.find(one, 'claim', 1)).toBeUndefined()
    expect(tokens.find(one, 'claims', 2)).toBeUndefined()
    tokens.keep(one, 'others', 2, 'token 2')
    expect(tokens.find(one, 'claims', 1)).toBeUndefined()
    expect(tokens.find(one, 'claims', 2)).toBeUndefined()
    expect(tokens.size).toBe(1)
  })

  test('are kept within bounds: what does not fit is not kept, and there is room again in the next second', () => {
    const tokens = new SameSecondTokens(100_000)
    const [maker = {}] = makers
    for (let n = 0; n < 10_000; n += 1) tokens.keep(maker, `claims ${n}`, 1, 'token')
    expect(tokens.size).toBeGreaterThan(100)
    expect(tokens.size).toBeLessThan(200)
    tokens.keep(maker, 'x'.repeat(100_000), 2, 'token')
    expect(tokens.size).toBe(0)
    tokens.keep(maker, 'claims', 2, 'token')
    expect(tokens.size).toBe(1)
  })

  test('are never another’s, whatever was kept and in whatever order', () => {
    const step = fc.record({
      maker: fc.nat({ max: 2 }),
      claims: fc.constantFrom('', 'a', 'aa', 'b', '{"iat":1}', '{"iat":2}'),
      second: fc.nat({ max: 2 }),
      keeps: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tokens = new SameSecondTokens(3_000)
        for (const { maker, claims, second, keeps } of steps) {
          const by = makers[maker] ?? {}
          const exact = JSON.stringify([maker, claims, second])
          const found = tokens.find(by, claims, second)
          if (found !== undefined) expect(found).toBe(exact)
          if (keeps) tokens.keep(by, claims, second, exact)
        }
      }),
    )
  })
})
