import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { generate } from 'selfsigned'
import { beforeAll, describe, expect, test } from 'vitest'
import { readFolder } from '../../../src/compose.ts'
import { credentialRecord } from '../../../src/deployment/credential-record.ts'
import { credentialFault } from '../../../src/deployment/index.ts'
import type { GivenCredential } from '../../../src/domain/index.ts'
import { formatFinding } from '../../../src/tenant-folder/index.ts'
import { newKey } from '../../support/assertions.ts'
import { folderOnDisk, soundFolder } from '../tenant-folder/folder-on-disk.ts'

const [rsa, ec, ed] = [newKey('RS256'), newKey('ES256'), newKey('EdDSA')]
const spki = (publicKey: KeyObject) => String(publicKey.export({ type: 'spki', format: 'pem' }))
/** A public key of any length, to which nobody has a private one: to make one of four thousand bits takes seconds. */
const rsaOf = (bits: number, e = 'AQAB') => {
  const modulus = randomBytes(bits / 8)
  modulus[0] = 0xff
  return spki(createPublicKey({ key: { kty: 'RSA', n: modulus.toString('base64url'), e }, format: 'jwk' }))
}
const ecOf = (namedCurve: string) => spki(generateKeyPairSync('ec', { namedCurve }).publicKey)

let certificate = ''
beforeAll(async () => {
  const { cert } = await generate([{ name: 'commonName', value: 'billing' }], {
    notBeforeDate: new Date('2026-01-01T00:00:00Z'),
    notAfterDate: new Date('2027-01-01T00:00:00Z'),
  })
  certificate = cert
})

const key = (changes: Partial<GivenCredential>): GivenCredential => ({
  credential_type: 'public_key',
  pem: rsa.pem,
  ...changes,
})

describe('a credential is refused', () => {
  test.each<[string, () => GivenCredential, string]>([
    ['without a key', () => ({ credential_type: 'public_key' }), 'pem must be given: '],
    ['with what is no key', () => key({ pem: 'hello' }), 'pem holds 0 keys or certificates; give one'],
    [
      'with a broken key',
      () => key({ pem: rsa.pem.replace(/M/g, '!') }),
      'pem is neither a public key nor a certificate (PEM)',
    ],
    ['with two keys', () => key({ pem: rsa.pem + ec.pem }), 'pem holds 2 keys or certificates; give one'],
    [
      'with a private key',
      () => key({ pem: String(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })) }),
      'pem holds a private key; give the public one, and make a new pair',
    ],
    [
      'with a private key behind its public one',
      () => key({ pem: `${rsa.pem}${String(rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }))}` }),
      'pem holds a private key; ',
    ],
    ['with a huge one', () => key({ pem: `${rsa.pem}${' '.repeat(9_000)}` }), 'pem has 9'],
    [
      'with RSA of 1024 bits',
      () => key({ pem: rsaOf(1_024) }),
      'pem has 1024 bits; an RSA key of 2048 to 4096 is needed',
    ],
    [
      'with RSA of 4104 bits',
      () => key({ pem: rsaOf(4_104) }),
      'pem has 4104 bits; an RSA key of 2048 to 4096 is needed',
    ],
    [
      'with an exponent of 3',
      () => key({ pem: rsaOf(2_048, 'Aw') }),
      'pem has the exponent 3; 65537 or more is needed',
    ],
    [
      'for an algorithm that its key has not',
      () => key({ pem: ec.pem }),
      'pem is a key of type ec; "RS256" needs rsa: give another alg or another key',
    ],
    ['for an elliptic algorithm with RSA', () => key({ alg: 'ES256' }), 'pem is a key of type rsa; "ES256" needs ec: '],
    [
      'on another curve',
      () => key({ alg: 'ES256', pem: ecOf('P-384') }),
      'pem is on the curve secp384r1; "ES256" needs P-256',
    ],
    [
      'on the curve of Bitcoin',
      () => key({ alg: 'ES256', pem: ecOf('secp256k1') }),
      'pem is on the curve secp256k1; "ES256" needs P-256',
    ],
    [
      'with Ed448',
      () => key({ alg: 'EdDSA', pem: spki(generateKeyPairSync('ed448').publicKey) }),
      'pem is a key of type ed448; "EdDSA" needs ed25519',
    ],
    [
      'with a key for agreement',
      () => key({ alg: 'EdDSA', pem: spki(generateKeyPairSync('x25519').publicKey) }),
      'pem is a key of type x25519; ',
    ],
    [
      'with a key that is for PSS alone',
      () => key({ alg: 'PS256', pem: spki(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).publicKey) }),
      'pem is a key of type rsa-pss; ',
    ],
    ['with a short key id', () => key({ kid: 'short' }), 'kid must have 10 to 64 letters'],
    ['with a key id of other characters', () => key({ kid: '../../etc/passwd' }), 'kid must have 10 to 64 letters'],
    ['with a long name', () => key({ name: 'n'.repeat(129) }), 'name has 129 characters; the limit is 128'],
    ['with an end that is no time', () => key({ expires_at: 'tomorrow' }), 'expires_at must be a time with its zone'],
    [
      'with an end on no day',
      () => key({ expires_at: '2026-02-31T00:00:00' }),
      'expires_at must be a time with its zone',
    ],
    [
      'with two ends',
      () => key({ expires_at: '2027-01-01T00:00:00Z', parse_expiry_from_cert: true }),
      'expires_at or parse_expiry_from_cert may be given, not both',
    ],
    [
      'with the end of a certificate it has not',
      () => key({ parse_expiry_from_cert: true }),
      'pem must be a certificate',
    ],
    [
      'as a certificate that is a key',
      () => ({ credential_type: 'x509_cert', pem: rsa.pem }),
      'pem must be a certificate',
    ],
    [
      'as a subject that is none',
      () => ({ credential_type: 'cert_subject_dn', subject_dn: 'billing' }),
      'subject_dn must be a distinguished name',
    ],
    [
      'as a subject and a certificate',
      () => ({ credential_type: 'cert_subject_dn', subject_dn: 'CN=a', pem: certificate }),
      'subject_dn or pem must be given, and not both',
    ],
    [
      'as a certificate with an algorithm',
      () => ({ credential_type: 'x509_cert', pem: certificate, alg: 'RS256' }),
      'alg is not for a credential of type "x509_cert"',
    ],
  ])('%s', (_what, given, sentence) => {
    expect(credentialFault(given())).toContain(sentence)
  })
})

describe('a credential stands', () => {
  const facts = {
    id: 'cred_1',
    client_id: 'c',
    created_at: '2026-01-01T00:00:00.000Z',
    updated_at: '2026-01-01T00:00:00.000Z',
  }

  test('over each kind of key, with the thumbprint as its id unless it has one', async () => {
    for (const [one, alg] of [
      [rsa, 'RS256'],
      [rsa, 'RS384'],
      [rsa, 'PS256'],
      [ec, 'ES256'],
      [ed, 'EdDSA'],
    ] as const) {
      const given = key({ pem: one.pem, alg })
      expect(credentialFault(given)).toBeUndefined()
      expect(await credentialRecord(given, facts)).toMatchObject({ alg, kid: expect.stringMatching(/^[\w-]{43}$/) })
    }
    expect(await credentialRecord(key({ kid: 'my-own-key-id' }), facts)).toMatchObject({
      kid: 'my-own-key-id',
      alg: 'RS256',
    })
  })

  test('over a certificate, and ends with it where that is asked', async () => {
    expect(await credentialRecord(key({ pem: certificate, parse_expiry_from_cert: true }), facts)).toMatchObject({
      expires_at: '2027-01-01T00:00:00.000Z',
    })
    expect(await credentialRecord(key({ pem: certificate }), facts)).not.toHaveProperty('expires_at')
    expect(await credentialRecord({ credential_type: 'x509_cert', pem: certificate }, facts)).toMatchObject({
      thumbprint_sha256: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(await credentialRecord({ credential_type: 'cert_subject_dn', pem: certificate }, facts)).toMatchObject({
      subject_dn: 'CN=billing',
    })
  })
})

test('a key that is none is a mistake of its file, at its line', async () => {
  const credentials = [
    { credential_type: 'public_key', name: 'old', pem: rsa.pem },
    { credential_type: 'public_key', pem: 'none' },
  ]
  const root = await folderOnDisk({
    ...soundFolder,
    'clients/billing.json': { name: 'billing', client_authentication_methods: { private_key_jwt: { credentials } } },
  })
  const { errors, tenant } = await readFolder(root, {})
  expect(errors.map(formatFinding)).toEqual(['clients/billing.json:13: pem holds 0 keys or certificates; give one'])
  expect(tenant).toBeUndefined()
})
