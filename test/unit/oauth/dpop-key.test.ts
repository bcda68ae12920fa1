import { describe, expect, test } from 'vitest'
import { weaknessOfJwk } from '../../../src/oauth/jwk-strength.ts'

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const modulus = (bits: number) => {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff)
  bytes[0] = 0xff >> (bytes.length * 8 - bits)
  return base64url(bytes)
}
const rsa = (bits: number, e = 'AQAB') => ({ kty: 'RSA', n: modulus(bits), e })

describe('an RSA key', () => {
  test.each([2_048, 2_049, 3_072, 4_096])('of %d bits is strong enough', (bits) => {
    expect(weaknessOfJwk(rsa(bits), 'PS256')).toBeUndefined()
  })

  test.each([512, 1_024, 2_040, 2_047, 4_097, 8_192])('of %d bits is not taken', (bits) => {
    expect(weaknessOfJwk(rsa(bits), 'RS256')).toBe('its jwk must have 2048 to 4096 bits')
  })

  test.each([
    ['1', 'AQ'],
    ['3', 'Aw'],
    ['65,536', 'AQAA'],
    ['65,539 in more bytes than a number needs', 'AAEAAw'],
    ['beyond 32 bits', 'AQAAAAE'],
    ['nothing', ''],
  ])('with the exponent %s is not taken', (_name, e) => {
    expect(weaknessOfJwk(rsa(2_048, e), 'RS256')).toMatch(/^its jwk is (too weak|not an RSA key)$/)
  })

  test('with zeros before its modulus is not taken: they would be counted as bits', () => {
    const n = base64url(Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 0xff)]))
    expect(weaknessOfJwk({ kty: 'RSA', n, e: 'AQAB' }, 'RS256')).toBe('its jwk is not an RSA key')
  })
})

describe('an elliptic key', () => {
  const p256 = { kty: 'EC', crv: 'P-256', x: base64url(Buffer.alloc(32, 1)), y: base64url(Buffer.alloc(32, 2)) }

  test('has coordinates of the length of its curve', () => {
    expect(weaknessOfJwk(p256, 'ES256')).toBeUndefined()
    for (const x of [undefined, '', 7, base64url(Buffer.alloc(31, 1)), base64url(Buffer.alloc(33, 1)), `${p256.x}=`])
      expect(weaknessOfJwk({ ...p256, x } as typeof p256, 'ES256')).toBe('its jwk is not a key for ES256')
  })

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('with the private member %s is not taken', (member) => {
    expect(weaknessOfJwk({ ...p256, [member]: 'AQ' }, 'ES256')).toBe('its jwk must be a public key')
  })
})

test.each([
  ['order 4', '00'.repeat(32)],
  ['order 1', `01${'00'.repeat(31)}`],
  ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['order 8, the other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ['order 2', `ec${'ff'.repeat(30)}7f`],
  ['order 4, not reduced', `ed${'ff'.repeat(30)}7f`],
  ['order 1, not reduced', `ee${'ff'.repeat(30)}7f`],
  ['order 1, with the sign', `01${'00'.repeat(30)}80`],
])('a point of Ed25519 of %s is not taken', (_name, hex) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(Buffer.from(hex, 'hex')) }
  expect(weaknessOfJwk(jwk, 'EdDSA')).toBe('its jwk is too weak')
})
