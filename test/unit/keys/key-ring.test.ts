import { createHash, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type KeyFamily,
  keyFamilies,
  openKeyRing,
  type StoredSigningKey,
  verificationKey,
} from '../../../src/keys/index.ts'
import { keysOf, sealer } from './given.ts'

let rsa: readonly StoredSigningKey[]
let ec: readonly StoredSigningKey[]
let ed: readonly StoredSigningKey[]
beforeAll(async () => {
  ;[rsa, ec, ed] = await Promise.all([keysOf('RS256'), keysOf('ES256'), keysOf('EdDSA')])
})

/** The first four keys of a list: current, next, previous, revoked. */
function four(keys: readonly StoredSigningKey[]) {
  const [current, next, previous, revoked] = keys
  if (current === undefined || next === undefined || previous === undefined || revoked === undefined)
    throw new Error('four keys were made')
  return { current, next, previous, revoked }
}

describe('the key ring', () => {
  test('publishes current, next and previous, and no revoked key', () => {
    const { jwks, published } = openKeyRing(rsa, sealer)
    const kids = rsa.slice(0, 3).map(({ kid }) => kid)
    expect(jwks.keys.map(({ kid }) => kid)).toEqual(kids)
    expect([...published.keys()]).toEqual(kids)
  })

  test('publishes an RSA key with its certificate, member by member as Auth0 does', () => {
    const [key] = openKeyRing(rsa, sealer).jwks.keys
    expect(Object.keys(key ?? {})).toEqual(['kty', 'use', 'n', 'e', 'kid', 'x5t', 'x5c', 'alg'])
    const certificate = new X509Certificate(Buffer.from(key?.x5c?.[0] ?? '', 'base64'))
    expect(certificate.subject).toBe('CN=auth.example.com')
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2036)
    expect(certificate.publicKey.export({ format: 'jwk' }).n).toBe(key?.n)
    expect(key?.x5t).toBe(createHash('sha1').update(certificate.raw).digest('base64url'))
  })

  test('publishes the keys of each family under its algorithm, RSA first', () => {
    const { jwks, current } = openKeyRing([...ed, ...ec, ...rsa], sealer)
    expect(jwks.keys.map(({ alg, kty, crv }) => [alg, kty, crv])).toEqual([
      ...Array.from({ length: 3 }, () => ['RS256', 'RSA', undefined]),
      ...Array.from({ length: 3 }, () => ['ES256', 'EC', 'P-256']),
      ...Array.from({ length: 3 }, () => ['EdDSA', 'OKP', 'Ed25519']),
    ])
    expect(keyFamilies.map((family) => current.get(family)?.kid)).toEqual([rsa[0]?.kid, ec[0]?.kid, ed[0]?.kid])
  })

  test('publishes nothing private of any key', () => {
    const text = JSON.stringify(openKeyRing([...ed, ...ec, ...rsa], sealer).jwks)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(text).not.toContain(`"${name}":`)
  })

  test('can publish the same keys without their algorithms', () => {
    const { jwks, jwksWithoutAlg } = openKeyRing([...rsa, ...ec], sealer)
    expect(jwksWithoutAlg.keys).toEqual(jwks.keys.map(({ alg: _alg, ...key }) => key))
    expect(jwksWithoutAlg.keys[0]).not.toHaveProperty('alg')
  })

  test('finds the key that verifies by id and family, until it is revoked', () => {
    const ring = openKeyRing([...rsa, ...ec], sealer)
    const { current, previous, revoked } = four(rsa)
    expect(verificationKey(ring, current.kid, 'RS256')?.asymmetricKeyType).toBe('rsa')
    expect(verificationKey(ring, previous.kid, 'RS256')?.type).toBe('public')
    expect(verificationKey(ring, revoked.kid, 'RS256')).toBeUndefined()
    expect(verificationKey(ring, current.kid, 'ES256')).toBeUndefined()
    expect(verificationKey(ring, current.kid, undefined)).toBeUndefined()
    expect(verificationKey(ring, 'unknown', undefined)).toBeUndefined()
  })

  test('certifies a key for signing tokens, and not as a TLS server', () => {
    const certificate = new X509Certificate(rsa[0]?.cert ?? '')
    expect(certificate.ca).toBe(false)
    expect(certificate.subjectAltName).toBeUndefined()
    expect(certificate.keyUsage).toBeUndefined()
  })

  test('a kid has 21 characters and the stored key tells nothing of the private one', () => {
    for (const { kid, sealed } of [...rsa, ...ec, ...ed]) {
      expect(kid).toMatch(/^[A-Za-z0-9]{21}$/)
      expect(sealed).toMatch(/^v1\./)
    }
  })

  test('opens without looking at the private part of a revoked key, which is destroyed', () => {
    const { revoked } = four(rsa)
    expect(openKeyRing([...rsa.slice(0, 3), { ...revoked, sealed: '' }], sealer).jwks.keys).toHaveLength(3)
  })

  test.each<KeyFamily>(['ES256', 'EdDSA'])('does not open with keys for %s alone', (family) => {
    expect(() => openKeyRing(family === 'ES256' ? ec : ed, sealer)).toThrow('one signing key for RS256 must be current')
  })

  test.each([
    ['no current key', () => rsa.slice(1), 'one signing key for RS256 must be current; 0 are'],
    ['two current keys', () => [...rsa, four(rsa).current], 'one signing key for RS256 must be current; 2 are'],
    ['no current key of another family', () => [...rsa, ...ec.slice(1)], 'for ES256 must be current; 0 are'],
    ['two next keys', () => [...rsa, four(rsa).next], 'at most one signing key for RS256 may be next; 2 are'],
    [
      "another key's certificate",
      () => [{ ...four(rsa).current, cert: four(rsa).next.cert ?? '' }],
      'is for another key',
    ],
    [
      'a next key that cannot be opened',
      () => [four(rsa).current, { ...four(rsa).next, sealed: four(rsa).current.sealed }],
      'does not open',
    ],
    [
      'a previous key that cannot be opened',
      () => [four(rsa).current, { ...four(rsa).previous, sealed: '' }],
      'does not open',
    ],
    [
      'an algorithm without keys',
      () => [{ ...four(rsa).current, alg: 'PS256' }],
      'is for PS256; this version has keys for',
    ],
    [
      'an elliptic key in the place of an RSA key',
      () => [{ ...four(ec).current, alg: 'RS256' }],
      'is not one for RS256',
    ],
    [
      'an RSA key in the place of an elliptic one',
      () => [...rsa, { ...four(rsa).current, alg: 'ES256' }],
      'is not one for ES256',
    ],
    [
      'an elliptic key in the place of Ed25519',
      () => [...rsa, { ...four(ec).current, alg: 'EdDSA' }],
      'is not one for EdDSA',
    ],
  ] satisfies readonly (readonly [string, () => readonly StoredSigningKey[], string])[])(
    'does not open with %s',
    (_what, keys, message) => {
      expect(() => openKeyRing(keys(), sealer)).toThrow(message)
    },
  )

  test('publishes a set that nobody can change', () => {
    const { jwks } = openKeyRing(rsa, sealer)
    expect(() => Object.assign(jwks, { keys: [] })).toThrow(TypeError)
    expect(() => Object.assign(jwks.keys, { 0: {} })).toThrow(TypeError)
    expect(() => Object.assign(jwks.keys[0] ?? {}, { n: 'AQAB' })).toThrow(TypeError)
  })
})
