import { randomBytes, X509Certificate } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  accessTokenSigner,
  createSigningKey,
  newClientSecret,
  openClientSecretDigests,
  openKeyRing,
  openSealer,
  pooledRandom,
  type StoredSigningKey,
} from '../../../src/keys/index.ts'

const sealer = openSealer(randomBytes(32))
type Four = readonly [StoredSigningKey, StoredSigningKey, StoredSigningKey, StoredSigningKey]

describe('a sealed text', () => {
  test('opens under its key and its context, and never looks the same twice', () => {
    const first = sealer.seal('s3cret', 'clientSecrets:a')
    expect(sealer.open(first, 'clientSecrets:a')).toBe('s3cret')
    expect(sealer.seal('s3cret', 'clientSecrets:a')).not.toBe(first)
    expect(first).not.toContain('s3cret')
  })

  test.each([
    ['another context', (sealed: string) => [sealed, 'clientSecrets:b', sealer] as const],
    ['another key', (sealed: string) => [sealed, 'clientSecrets:a', openSealer(randomBytes(32))] as const],
    [
      'a changed character',
      (sealed: string) => [sealed.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 'clientSecrets:a', sealer] as const,
    ],
    ['a cut', (sealed: string) => [sealed.slice(0, 20), 'clientSecrets:a', sealer] as const],
    ['an unknown format', (sealed: string) => [sealed.replace('v1', 'v2'), 'clientSecrets:a', sealer] as const],
    ['nothing', () => ['', 'clientSecrets:a', sealer] as const],
  ])('does not open under %s, and the error tells no content', (_what, change) => {
    const [sealed, context, by] = change(sealer.seal('s3cret-value', 'clientSecrets:a'))
    expect(() => by.open(sealed, context)).toThrow(`"${context}" does not open`)
    expect(() => by.open(sealed, context)).not.toThrow('s3cret-value')
  })

  test('does not open with any one character changed or one more', () => {
    const sealed = sealer.seal('ab', 'clientSecrets:a')
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`
      expect(() => sealer.open(changed, 'clientSecrets:a'), `character ${index}`).toThrow('does not open')
    }
    for (const more of ['=', '.', 'A', ' ']) {
      expect(() => sealer.open(`${sealed}${more}`, 'clientSecrets:a')).toThrow('does not open')
    }
  })

  test('a check value tells a wrong key', () => {
    const check = sealer.checkValue()
    expect(sealer.matches(check)).toBe(true)
    expect(openSealer(randomBytes(32)).matches(check)).toBe(false)
    expect(sealer.matches('nonsense')).toBe(false)
  })

  test('a key of another length is refused', () => {
    expect(() => openSealer(randomBytes(31))).toThrow('has 32 bytes; this one has 31')
  })
})

describe('a client secret', () => {
  const digests = openClientSecretDigests(sealer.digestKey)

  test('has 64 characters of the base64url alphabet', () => {
    expect(newClientSecret()).toMatch(/^[A-Za-z0-9_-]{64}$/)
    expect(newClientSecret()).not.toBe(newClientSecret())
  })

  test('is known by any of its live digests, and by nothing else', () => {
    const [first, second] = [newClientSecret(), newClientSecret()]
    const live = [digests.digest(first), digests.digest(second)]
    expect(digests.verify(first, live)).toBe(true)
    expect(digests.verify(second, live)).toBe(true)
    expect(digests.verify(`${first} `, live)).toBe(false)
    expect(digests.verify('', live)).toBe(false)
    expect(digests.verify(first, [])).toBe(false)
    expect(digests.verify(first, [new Uint8Array(0)])).toBe(false)
  })

  test('digests differ between sealing keys', () => {
    const other = openClientSecretDigests(openSealer(randomBytes(32)).digestKey)
    expect(other.verify('s', [digests.digest('s')])).toBe(false)
  })
})

describe('the key ring', () => {
  let stored: readonly StoredSigningKey[]
  const now = new Date('2026-01-01T00:00:00.000Z')
  beforeAll(async () => {
    stored = await Promise.all(
      (['current', 'next', 'previous', 'revoked'] as const).map((state) =>
        createSigningKey({ commonName: 'auth.example.com', state, sealer, now, random: randomBytes }),
      ),
    )
  })

  test('publishes current, next and previous, each with its certificate', () => {
    const { keys } = openKeyRing(stored, sealer).jwks
    expect(keys.map(({ kid }) => kid)).toEqual(stored.slice(0, 3).map(({ kid }) => kid))
    const [key] = keys
    expect(Object.keys(key ?? {})).toEqual(['kty', 'use', 'n', 'e', 'kid', 'x5t', 'x5c', 'alg'])
    const certificate = new X509Certificate(Buffer.from(key?.x5c[0] ?? '', 'base64'))
    expect(certificate.subject).toBe('CN=auth.example.com')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2036)
    expect(certificate.publicKey.export({ format: 'jwk' }).n).toBe(key?.n)
    expect(key?.x5t).toBe(Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64url'))
  })

  test('certifies a key for signing tokens, and not as a TLS server', () => {
    const certificate = new X509Certificate(stored[0]?.cert ?? '')
    expect(certificate.ca).toBe(false)
    expect(certificate.subjectAltName).toBeUndefined()
    expect(certificate.keyUsage).toBeUndefined()
  })

  test('a kid has 21 characters and the stored key tells nothing of the private one', () => {
    for (const { kid, sealed } of stored) {
      expect(kid).toMatch(/^[A-Za-z0-9]{21}$/)
      expect(sealed).toMatch(/^v1\./)
    }
  })

  test.each([
    ['directly', { kind: 'direct' } as const],
    ['in the thread pool', { kind: 'pool', threads: 2, most: 100 } as const],
  ])('a token signed %s verifies with jose by the published set', async (_how, mode) => {
    const ring = openKeyRing(stored, sealer)
    const sign = accessTokenSigner(ring, mode)
    const claims = { iss: 'https://auth.example.com/', ключ: '😀', sub: 'x@clients' }
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign(JSON.stringify(claims))))
    for (const token of tokens) {
      const verified = await jwtVerify(
        token ?? '',
        createLocalJWKSet({ keys: [...ring.jwks.keys].map((key) => ({ ...key, x5c: [...key.x5c] })) }),
      )
      expect(verified.payload).toEqual(claims)
      expect(Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString()).toBe(
        JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: ring.current.kid }),
      )
    }
  })

  test('the thread pool takes no more signatures than it may hold, and more once they are made', async () => {
    const sign = accessTokenSigner(openKeyRing(stored, sealer), { kind: 'pool', threads: 1, most: 2 })
    const taken = [sign('{}'), sign('{}'), sign('{}')]
    expect(taken[2]).toBeUndefined()
    await Promise.all(taken)
    expect(await sign('{}')).toBeTypeOf('string')
  })

  test('does not open without exactly one current key', () => {
    expect(() => openKeyRing(stored.slice(1), sealer)).toThrow('one signing key must be current; 0 are')
    expect(() => openKeyRing([...stored, ...stored], sealer)).toThrow('2 are')
  })

  test.each([
    ['two next keys', ([a, b, c]) => [a, b, { ...c, state: 'next' }], 'at most one signing key may be next'],
    ["another key's certificate", ([a, b]) => [{ ...a, cert: b.cert }], 'is for another key'],
    ['a next key that cannot be opened', ([a, b]) => [a, { ...b, sealed: a.sealed }], 'does not open'],
    ['an algorithm this version does not sign with', ([a]) => [{ ...a, alg: 'PS256' }], 'signs with RS256'],
  ] satisfies readonly (readonly [string, (keys: Four) => readonly StoredSigningKey[], string])[])(
    'does not open with %s',
    (_what, change, message) => {
      const [a, b, c, d] = stored
      if (a === undefined || b === undefined || c === undefined || d === undefined)
        throw new Error('four keys were made')
      expect(() => openKeyRing(change([a, b, c, d]), sealer)).toThrow(message)
    },
  )

  test('publishes a set that nobody can change', () => {
    expect(() => Object.assign(openKeyRing(stored, sealer).jwks, { keys: [] })).toThrow(TypeError)
  })
})

describe('pooled random bytes', () => {
  test('are as many as asked for, and never handed out twice', () => {
    const random = pooledRandom()
    const seen = new Set(Array.from({ length: 2_000 }, () => Buffer.from(random(16)).toString('hex')))
    expect(seen.size).toBe(2_000)
    expect(random(1)).toHaveLength(1)
    expect(random(10_000)).toHaveLength(10_000)
    const kept = random(16)
    const before = [...kept]
    for (let i = 0; i < 1_000; i++) random(16)
    expect([...kept]).toEqual(before)
  })
})
