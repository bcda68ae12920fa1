import { describe, expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../../src/domain/index.ts'
import type { Ephemeral } from '../../src/storage/index.ts'

/** A clock that stands still until it is moved. */
interface SetClock {
  nowMs: number
}

const begin = Date.UTC(2026, 0, 1)

/** What every store of expiring values does, wherever it keeps them. `open` gives an empty one that lives by the clock. */
export function ephemeralContract(name: string, open: (clock: Clock) => Promise<Ephemeral>): void {
  const contract = (sentence: string, body: (ephemeral: Ephemeral, time: SetClock) => Promise<void>): void =>
    test(sentence, async () => {
      const time = { nowMs: begin }
      const ephemeral = await open(() => time.nowMs)
      onTestFinished(() => ephemeral.close())
      await body(ephemeral, time)
    })

  describe(name, () => {
    contract('a value is there until it expires, and gone at that millisecond', async (ephemeral, time) => {
      await ephemeral.set('key', 'value', begin + 1_000)
      time.nowMs = begin + 999
      expect(await ephemeral.get('key')).toBe('value')
      time.nowMs = begin + 1_000
      expect(await ephemeral.get('key')).toBeUndefined()
    })

    contract('a value set again has its new expiry', async (ephemeral, time) => {
      await ephemeral.set('key', 'one', begin + 1_000)
      await ephemeral.set('key', 'two', begin + 5_000)
      time.nowMs = begin + 2_000
      expect(await ephemeral.get('key')).toBe('two')
    })

    contract('a deleted value is gone', async (ephemeral) => {
      await ephemeral.set('key', 'value', begin + 1_000)
      await ephemeral.delete('key')
      await ephemeral.delete('never there')
      expect(await ephemeral.get('key')).toBeUndefined()
    })

    contract('of many who claim a key at once, one gets it, until it expires', async (ephemeral, time) => {
      const claim = () => ephemeral.claim('jti', begin + 1_000)
      const claims = await Promise.all(Array.from({ length: 20 }, claim))
      expect(claims.filter(Boolean)).toHaveLength(1)
      time.nowMs = begin + 1_000
      expect(await ephemeral.claim('jti', begin + 2_000)).toBe(true)
      expect(await ephemeral.claim('jti', begin + 2_000)).toBe(false)
    })

    contract('increments at once all count, and the counter ends with its first expiry', async (ephemeral, time) => {
      await Promise.all(Array.from({ length: 50 }, () => ephemeral.increment('count', 2, begin + 1_000)))
      time.nowMs = begin + 500
      expect(await ephemeral.increment('count', -1, begin + 9_000)).toBe(99)
      time.nowMs = begin + 1_000
      expect(await ephemeral.increment('count', 1, begin + 9_000)).toBe(1)
    })

    contract('a notice reaches every subscriber of its topic and no other', async (ephemeral) => {
      const heard: string[] = []
      await ephemeral.subscribe('changes', (message) => heard.push(`one ${message}`))
      await ephemeral.subscribe('changes', (message) => heard.push(`two ${message}`))
      await ephemeral.subscribe('others', (message) => heard.push(`other ${message}`))
      await ephemeral.publish('changes', 'revision 7')
      await expect.poll(() => [...heard].sort()).toEqual(['one revision 7', 'two revision 7'])
    })

    contract('a subscription that has ended hears nothing more', async (ephemeral) => {
      const heard: string[] = []
      const end = await ephemeral.subscribe('changes', (message) => heard.push(`ended ${message}`))
      await ephemeral.subscribe('changes', (message) => heard.push(`kept ${message}`))
      await end()
      await ephemeral.publish('changes', '1')
      await expect.poll(() => heard).toEqual(['kept 1'])
    })
  })
}
