import { describe, expect, test } from 'vitest'
import {
  ensureSigningKeys,
  revokeSigningKey,
  rotateSigningKeys,
  type SigningKeyPorts,
} from '../../src/deployment/index.ts'
import { openKeyRing } from '../../src/keys/index.ts'
import type { SigningKeyRecord, Store } from '../../src/storage/index.ts'
import { openDeployment, stores } from './given.ts'

const commonName = 'auth.example.com'
const statesOf = (keys: readonly SigningKeyRecord[], alg: string) =>
  Object.fromEntries(keys.filter((key) => key.alg === alg).map(({ kid, state }) => [kid, state]))

for (const [where, open] of Object.entries(stores)) {
  describe(`signing keys ${where}`, () => {
    const opened = async (): Promise<SigningKeyPorts> => ({ ...(await openDeployment(open)), commonName })

    test('are made once for each kind that is asked for: one that signs and one that will', async () => {
      const ports = await opened()
      const first = await ensureSigningKeys(['RS256'], ports)
      expect(first.map(({ alg, state }) => [alg, state]).toSorted()).toEqual([
        ['RS256', 'current'],
        ['RS256', 'next'],
      ])
      const second = await ensureSigningKeys(['RS256', 'ES256', 'ES256'], ports)
      expect(second).toHaveLength(4)
      expect(await ensureSigningKeys(['ES256', 'RS256'], ports)).toEqual(second)
      expect(second.slice(0, 2)).toEqual(first)
    })

    test('are the same for servers that make the first ones at once', async () => {
      const ports = await opened()
      const all = await Promise.all([1, 2, 3].map(() => ensureSigningKeys(['RS256', 'EdDSA'], ports)))
      const stored = await ports.store.signingKeys.list()
      expect(stored).toHaveLength(4)
      for (const keys of all) expect(keys.length).toBeGreaterThan(0)
      expect(openKeyRing(stored, ports.sealer).current.size).toBe(2)
    })

    test('rotate all together: next signs, current verifies, a new one is next', async () => {
      const ports = await opened()
      const before = await ensureSigningKeys(['RS256', 'ES256'], ports)
      const revision = await ports.store.revision()
      const current = await rotateSigningKeys(ports)
      const after = await ports.store.signingKeys.list()
      expect(current.map(({ alg, kid }) => [alg, kid])).toEqual(
        ['RS256', 'ES256'].map((alg) => [alg, before.find((key) => key.alg === alg && key.state === 'next')?.kid]),
      )
      for (const alg of ['RS256', 'ES256']) {
        const [was, is] = [statesOf(before, alg), statesOf(after, alg)]
        for (const [kid, state] of Object.entries(was)) {
          expect(is[kid]).toBe(state === 'current' ? 'previous' : 'current')
        }
        expect(Object.values(is).toSorted()).toEqual(['current', 'next', 'previous'])
      }
      expect(await ports.store.revision()).toBeGreaterThan(revision)
      for (const { state, current_since, current_until } of after) {
        expect([state, current_since !== undefined, current_until !== undefined]).toEqual([
          state,
          state !== 'next',
          state === 'previous',
        ])
      }
    })

    test('rotate as often as they are told to, by however many at once, and always to a ring that opens', async () => {
      const ports = await opened()
      await ensureSigningKeys(['RS256'], ports)
      await Promise.all([1, 2, 3, 4].map(() => rotateSigningKeys(ports)))
      const keys = await ports.store.signingKeys.list()
      expect(Object.values(statesOf(keys, 'RS256')).toSorted()).toEqual([
        'current',
        'next',
        ...Array.from({ length: 4 }, () => 'previous'),
      ])
      expect(openKeyRing(keys, ports.sealer).jwks.keys).toHaveLength(6)
    })

    test('rotate all or none: a commit that fails leaves every key as it was', async () => {
      const ports = await opened()
      const before = await ensureSigningKeys(['RS256', 'ES256'], ports)
      const failing: Store = Object.assign(Object.create(ports.store), {
        commit: async () => {
          throw new Error('the disk is full')
        },
      })
      await expect(rotateSigningKeys({ ...ports, store: failing })).rejects.toThrow('the disk is full')
      expect(await ports.store.signingKeys.list()).toEqual(before)
    })

    test('are revoked for good once they are previous, and their private part is destroyed', async () => {
      const ports = await opened()
      const [first] = (await ensureSigningKeys(['RS256'], ports)).filter(({ state }) => state === 'current')
      await rotateSigningKeys(ports)
      const kid = first?.kid ?? ''
      const revoked = await revokeSigningKey(kid, ports)
      expect(revoked).toMatchObject({ kid, state: 'revoked', sealed: '', cert: first?.cert })
      expect(revoked.revoked_at).toBeDefined()
      const keys = await ports.store.signingKeys.list()
      expect(openKeyRing(keys, ports.sealer).published.has(kid)).toBe(false)
      await expect(revokeSigningKey(kid, ports)).rejects.toThrow('is revoked; only a previous one can be revoked')
      await rotateSigningKeys(ports)
      expect(statesOf(await ports.store.signingKeys.list(), 'RS256')[kid]).toBe('revoked')
    })
  })
}
