import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { encryptionAlgorithms, type TokenEncryption } from '../../../src/domain/index.ts'
import { createSigningKey, encryptionFault, tokenEncrypter } from '../../../src/keys/index.ts'
import { madeAt, sealer } from './given.ts'

const spki = { type: 'spki', format: 'pem' } as const
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = publicKey.export(spki).toString()

function encryption(changes: Partial<TokenEncryption['encryption_key']> = {}): TokenEncryption {
  return { format: 'compact-nested-jwe', encryption_key: { alg: 'RSA-OAEP-256', pem, ...changes } }
}

describe('an encrypted token', () => {
  test.each(encryptionAlgorithms)('with %s opens with the private key and holds the token as it was', async (alg) => {
    const token = await tokenEncrypter(encryption({ alg, kid: 'key-1' }))('header.claims.signature')
    expect(token.split('.')).toHaveLength(5)
    expect(decodeProtectedHeader(token)).toEqual({ alg, enc: 'A256GCM', cty: 'JWT', kid: 'key-1' })
    const { plaintext } = await compactDecrypt(token, privateKey)
    expect(Buffer.from(plaintext).toString()).toBe('header.claims.signature')
  })

  test('names no key unless its API does, and never looks the same twice', async () => {
    const encrypt = tokenEncrypter(encryption())
    const [first, second] = await Promise.all([encrypt('a.b.c'), encrypt('a.b.c')])
    expect(decodeProtectedHeader(first)).toEqual({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
    expect(first).not.toBe(second)
  })

  test('may be for the key of a certificate, and for one in PKCS #1', async () => {
    const options = {
      family: 'RS256',
      commonName: 'api.example.com',
      sealer,
      now: madeAt,
      random: randomBytes,
    } as const
    const { cert = '' } = await createSigningKey({ ...options, state: 'current' })
    const pkcs1 = publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()
    for (const given of [cert, pkcs1]) expect(encryptionFault(encryption({ pem: given }))).toBeUndefined()
  })

  test.each<[string, () => Partial<TokenEncryption['encryption_key']>, string]>([
    ['no key at all', () => ({ pem: 'nonsense-pem' }), 'is neither a public key nor a certificate (PEM)'],
    [
      'a private key',
      () => ({ pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
      'holds a private key; give the public one',
    ],
    [
      'a key of an elliptic curve',
      () => ({ pem: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(spki).toString() }),
      'is a key of type ec; RSA is needed',
    ],
    [
      'a key of 1024 bits',
      () => ({ pem: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export(spki).toString() }),
      'has 1024 bits; an RSA key of 2048 to 4096 is needed',
    ],
    ['an algorithm of another kind', () => JSON.parse('{"alg":"RSA1_5"}'), 'alg must be one of RSA-OAEP-256'],
    ['the algorithm with SHA-1', () => JSON.parse('{"alg":"RSA-OAEP"}'), 'alg must be one of RSA-OAEP-256'],
  ])('is not made for %s, and the reason repeats no key', (_what, changes, reason) => {
    const given = encryption(changes())
    expect(encryptionFault(given)).toContain(reason)
    expect(encryptionFault(given)).not.toContain(given.encryption_key.pem.slice(0, 60))
    expect(() => tokenEncrypter(given)).toThrow(reason)
  })

  test('is not made in another format', () => {
    expect(encryptionFault(JSON.parse('{}'))).toBe('token_encryption.format must be compact-nested-jwe')
    expect(encryptionFault(JSON.parse('{"format":"compact-nested-jwe"}'))).toBe(
      'token_encryption.encryption_key is missing',
    )
  })
})
