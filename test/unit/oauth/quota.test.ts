import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Client, ClientCredentialsQuota, Exchange, TenantSettings } from '../../../src/domain/index.ts'
import { resolveExchange } from '../../../src/oauth/client-credentials.ts'
import { type QuotaReservation, TokenQuotas } from '../../../src/oauth/quota.ts'
import { TokenRefusal } from '../../../src/oauth/refusals.ts'
import type { Ephemeral } from '../../../src/storage/index.ts'
import { openMemoryEphemeral } from '../../../src/storage/memory/ephemeral.ts'
import { audience, client, form, origin, settings, snapshotOf } from './given.ts'

const noon = Date.UTC(2026, 0, 2, 12)
const plain = resolveExchange(form({ audience }), client, snapshotOf(), origin, settings)

function exchangeOf(quota: ClientCredentialsQuota, changes: Partial<Client> = {}): Exchange {
  return { ...plain, client: { ...client, ...changes, token_quota: { client_credentials: quota } } }
}

/** Reserves; `undefined` when the quota is used up. */
async function reserve(
  quotas: TokenQuotas,
  exchange: Exchange,
  nowMs = noon,
  tenant: TenantSettings = {},
): Promise<QuotaReservation | undefined> {
  try {
    return await quotas.reserve(exchange, tenant, nowMs)
  } catch (error) {
    if (error instanceof TokenRefusal && error.reason === 'client-quota-exceeded') return undefined
    throw error
  }
}

/** A real store of counters, and how often it was called. */
function countedCalls(): { readonly counters: Pick<Ephemeral, 'increment'>; calls: number } {
  const ephemeral = openMemoryEphemeral(() => noon)
  const counted = {
    calls: 0,
    counters: {
      increment: (key: string, by: number, expiresAtMs: number) => {
        counted.calls += 1
        return ephemeral.increment(key, by, expiresAtMs)
      },
    },
  }
  return counted
}

const headerOf = (reservation: QuotaReservation | undefined) => reservation?.headers(noon)['auth0-client-quota-limit']

describe('a quota', () => {
  test('that is not there costs nothing: no reservation, no promise, no call', () => {
    const counted = countedCalls()
    const quotas = new TokenQuotas(counted.counters)
    expect(quotas.reserve(plain, {}, noon)).toBeUndefined()
    expect(quotas.reserve(plain, { default_token_quota: { organizations: null } }, noon)).toBeUndefined()
    expect(counted.calls).toBe(0)
  })

  test('is leased in blocks: a large one calls the store for one token in hundreds, and mostly waits for nothing', async () => {
    const counted = countedCalls()
    const quotas = new TokenQuotas(counted.counters)
    const exchange = exchangeOf({ per_day: 1_000_000 })
    let waits = 0
    for (let n = 0; n < 5_000; n += 1) {
      const reserved = quotas.reserve(exchange, {}, noon)
      if (reserved instanceof Promise) waits += 1
      await reserved
    }
    expect(counted.calls).toBe(5)
    expect(waits).toBe(5)
  })

  test('that is used up for certain is refused without a call', async () => {
    const counted = countedCalls()
    const quotas = new TokenQuotas(counted.counters)
    const exchange = exchangeOf({ per_hour: 3 })
    for (let n = 0; n < 3; n += 1) (await reserve(quotas, exchange))?.commit()
    const { calls } = counted
    for (let n = 0; n < 100; n += 1) expect(() => quotas.reserve(exchange, {}, noon)).toThrow('Client quota exceeded')
    expect(counted.calls).toBe(calls)
  })

  test('that cannot be counted issues nothing', async () => {
    const quotas = new TokenQuotas({
      increment: () => Promise.reject(new Error('the store is gone')),
    })
    await expect(quotas.reserve(exchangeOf({ per_hour: 3 }), {}, noon)).rejects.toThrow('the store is gone')
    await expect(quotas.reserve(exchangeOf({ per_hour: 3, enforce: false }), {}, noon)).rejects.toThrow()
  })

  test('that has one left gives it to one of two, and to the other when the first comes to nothing', async () => {
    const quotas = new TokenQuotas(openMemoryEphemeral(() => noon))
    const exchange = exchangeOf({ per_hour: 1 })
    const [first, second] = await Promise.all([reserve(quotas, exchange), reserve(quotas, exchange)])
    expect([first === undefined, second === undefined].sort()).toEqual([false, true])
    const winner = first ?? second
    winner?.release()
    winner?.release()
    const next = await reserve(quotas, exchange)
    expect(next?.commit()).toMatchObject([{ quota_consumption_percentage: 100, quota_consumption: 1 }])
    expect(await reserve(quotas, exchange)).toBeUndefined()
  })

  test('counts a token in the window it was reserved in, whenever it leaves', async () => {
    const quotas = new TokenQuotas(openMemoryEphemeral(() => noon))
    const exchange = exchangeOf({ per_hour: 2 })
    const late = await reserve(quotas, exchange, noon - 1)
    const next = await reserve(quotas, exchange, noon)
    late?.commit()
    next?.commit()
    expect(headerOf(late)).toBe('b=per_hour;q=2;r=1;t=0')
    expect(headerOf(next)).toBe('b=per_hour;q=2;r=1;t=3600')
  })

  test('warns again of what was warned of by a token that did not leave', async () => {
    const quotas = new TokenQuotas(openMemoryEphemeral(() => noon))
    const exchange = exchangeOf({ per_hour: 1 })
    const first = await reserve(quotas, exchange)
    expect(first?.commit()).toHaveLength(1)
    first?.release()
    expect((await reserve(quotas, exchange))?.commit()).toHaveLength(1)
  })
})

describe('a quota that two servers share', () => {
  const exchange = exchangeOf({ per_hour: 40 })

  test('is not overdrawn by the two together, whoever asks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(
          fc.record({ server: fc.integer({ min: 0, max: 1 }), end: fc.constantFrom('commit', 'release', 'hold') }),
          { maxLength: 150 },
        ),
        async (per_hour, steps) => {
          const ephemeral = openMemoryEphemeral(() => noon)
          const servers = [new TokenQuotas(ephemeral), new TokenQuotas(ephemeral)] as const
          const asked = exchangeOf({ per_hour })
          const held = await Promise.all(steps.map(({ server }) => reserve(servers[server === 0 ? 0 : 1], asked)))
          expect(held.filter((reservation) => reservation !== undefined).length).toBeLessThanOrEqual(per_hour)
          let kept = 0
          for (const [index, reservation] of held.entries()) {
            const end = steps[index]?.end
            if (reservation === undefined) continue
            if (end === 'release') reservation.release()
            else kept += 1
            if (end === 'commit') reservation.commit()
          }
          for (let n = 0; n < 200; n += 1)
            if ((await reserve(servers[n % 2 === 0 ? 0 : 1], asked)) !== undefined) kept += 1
          // Asked in turn until nobody gets one any more, all are out, and not one beyond.
          expect(kept).toBe(per_hour)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('has what a server leaves behind when it stops', async () => {
    const ephemeral = openMemoryEphemeral(() => noon)
    const [one, two] = [new TokenQuotas(ephemeral), new TokenQuotas(ephemeral)]
    ;(await reserve(one, exchange))?.commit()
    await one.close()
    expect(headerOf(await reserve(two, exchange))).toBe('b=per_hour;q=40;r=38;t=3600')
  })

  test('is counted on when the shared counter was lost', async () => {
    const ephemeral = openMemoryEphemeral(() => noon)
    const quotas = new TokenQuotas(ephemeral)
    let issued = 0
    for (let n = 0; n < 100; n += 1) {
      if (n % 3 === 0) await ephemeral.close()
      if ((await reserve(quotas, exchange)) !== undefined) issued += 1
    }
    expect(issued).toBe(40)
  })
})

test('of many entities, those that are over are forgotten', async () => {
  const ephemeral = openMemoryEphemeral(() => noon)
  const quotas = new TokenQuotas(ephemeral)
  for (let n = 0; n < 4_096; n += 1) await reserve(quotas, exchangeOf({ per_hour: 1 }, { client_id: `client-${n}` }))
  const later = noon + 3 * 86_400_000
  expect(await reserve(quotas, exchangeOf({ per_hour: 1 }, { client_id: 'client-0' }), later)).toBeDefined()
  expect(await reserve(quotas, exchangeOf({ per_hour: 1 }, { client_id: 'one-more' }), later)).toBeDefined()
  expect(quotas.size).toBe(2)
})
