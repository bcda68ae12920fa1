import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTokenKeys, type TokenKeys } from '../../src/compose-keys.ts'
import { rotateSigningKeys, type SigningKeyPorts } from '../../src/deployment/index.ts'
import type { ResourceServer, TenantSnapshot } from '../../src/domain/index.ts'
import { openSealer } from '../../src/keys/index.ts'
import { openMemoryStore } from '../../src/storage/memory/store.ts'
import { snapshotOf } from './oauth/given.ts'

const good: ResourceServer = { id: 'good', identifier: 'urn:good' }
let ports: SigningKeyPorts
let keys: TokenKeys

function snapshot(...apis: readonly ResourceServer[]): TenantSnapshot {
  return { ...snapshotOf(), resourceServers: new Map(apis.map((api) => [api.identifier, api])) }
}

beforeAll(async () => {
  const store = openMemoryStore()
  ports = { store, sealer: openSealer(randomBytes(32)), clock: Date.now, random: randomBytes, commonName: 'a.example' }
  keys = await openTokenKeys(ports, { kind: 'direct' })
})

describe('the keys of a snapshot', () => {
  test('sign for the APIs of a snapshot that was made ready, and for no other', async () => {
    expect(() => keys.sign('{}', good, 1)).toThrow('nothing was made ready to sign for the API "urn:good"')
    const use = await keys.prepare(snapshot(good))
    use()
    expect(keys.sign('{}', good, 1)).toBeTypeOf('string')
    expect(() => keys.sign('{}', { ...good }, 1)).toThrow('nothing was made ready')
  })

  test('make no token for an API whose stored configuration cannot be held to, and theirs for all others', async () => {
    // No type allows the first four: another version, or a hand, may have stored them.
    const bad: readonly ResourceServer[] = [
      { ...good, identifier: 'urn:0', ...JSON.parse('{"signing_alg":"ES512"}') },
      { ...good, identifier: 'urn:1', ...JSON.parse('{"token_encryption":{}}') },
      { ...good, identifier: 'urn:2', ...JSON.parse('{"token_encryption":{"format":"compact-nested-jwe"}}') },
      {
        ...good,
        identifier: 'urn:3',
        token_encryption: { format: 'compact-nested-jwe', encryption_key: { alg: 'RSA-OAEP-256', pem: 'none' } },
      },
      { ...good, identifier: 'urn:4', signing_alg: 'HS256' },
    ]
    const use = await keys.prepare(snapshot(good, ...bad))
    use()
    for (const api of bad) await expect(async () => keys.sign('{}', api, 1)).rejects.toThrow()
    expect(keys.sign('{}', good, 1)).toBeTypeOf('string')
  })

  test('stay what they were until the snapshot is served', async () => {
    const kids = () => keys.jwks({}).keys.map(({ kid }) => kid)
    const [before, certificate] = [kids(), keys.certificate().fingerprint]
    await rotateSigningKeys(ports)
    const use = await keys.prepare(snapshot(good))
    expect([kids(), keys.certificate().fingerprint]).toEqual([before, certificate])
    use()
    expect(kids()).toHaveLength(before.length + 1)
    expect(keys.certificate().fingerprint).not.toBe(certificate)
  })

  test('stay what they were when the store’s cannot be opened', async () => {
    const before = keys.jwks({})
    const [key] = await ports.store.signingKeys.list({ where: { field: 'state', value: 'next' } })
    if (key === undefined) throw new Error('a next key was made')
    const damaged = await ports.store.signingKeys.update(key.kid, key.revision, { sealed: 'v1.AAAA' })
    await expect(keys.prepare(snapshot(good))).rejects.toThrow('does not open')
    expect(keys.jwks({})).toBe(before)
    expect(keys.sign('{}', good, 1)).toBeTypeOf('string')
    await ports.store.signingKeys.update(key.kid, damaged.revision, { sealed: key.sealed })
  })

  test('verify by the key that is named, and for HS256 by the API’s secret alone', async () => {
    const hs: ResourceServer = { id: 'hs', identifier: 'urn:hs', signing_alg: 'HS256' }
    const sealed = ports.sealer.seal('a signing secret of an API', 'signingSecrets:hs')
    await ports.store.signingSecrets.create({
      resource_server_id: 'hs',
      sealed,
      created_at: '2026-01-01T00:00:00.000Z',
    })
    const use = await keys.prepare(snapshot(good, hs))
    use()
    const kid = keys.jwks({}).keys[0]?.kid
    expect(keys.verificationKey('RS256', kid, 'urn:good')?.type).toBe('public')
    expect(keys.verificationKey('PS256', kid, 'urn:good')?.type).toBe('public')
    expect(keys.verificationKey('HS256', undefined, 'urn:hs')?.type).toBe('secret')
    // Never the public key as the secret of a forged HS256 token.
    expect(keys.verificationKey('HS256', kid, 'urn:good')).toBeUndefined()
    expect(keys.verificationKey('ES256', kid, 'urn:good')).toBeUndefined()
    expect(keys.verificationKey('RS256', undefined, 'urn:good')).toBeUndefined()
  })
})
