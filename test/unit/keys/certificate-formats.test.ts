import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { certificateFormats, createSigningKey } from '../../../src/keys/index.ts'
import { madeAt, sealer } from './given.ts'

const { cert = '' } = await createSigningKey({
  family: 'RS256',
  commonName: 'auth.example.com',
  state: 'current',
  sealer,
  now: madeAt,
  random: randomBytes,
})
const formats = certificateFormats(cert)
const der = Buffer.from(formats.der)

/** One element of DER: its tag, its content, and what follows it. Fails on a length that is longer than the bytes. */
function read(bytes: Buffer): { readonly tag: number; readonly content: Buffer; readonly rest: Buffer } {
  const [tag = 0, first = 0] = bytes
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes)
  const begin = 2 + lengthBytes
  expect(bytes.length).toBeGreaterThanOrEqual(begin + length)
  return { tag, content: bytes.subarray(begin, begin + length), rest: bytes.subarray(begin + length) }
}

function elements(content: Buffer): readonly { readonly tag: number; readonly content: Buffer }[] {
  const found = []
  for (let rest = content; rest.length > 0; ) {
    const element = read(rest)
    found.push(element)
    rest = element.rest
  }
  return found
}

describe('a signing certificate', () => {
  test('is the same one as PEM, as DER and as base64', () => {
    expect(new X509Certificate(formats.pem).raw.equals(der)).toBe(true)
    expect(new X509Certificate(cert).raw.equals(der)).toBe(true)
    expect(Buffer.from(formats.raw, 'base64').equals(der)).toBe(true)
    expect(formats.raw).toMatch(/^[A-Za-z0-9+/]+=*$/)
  })

  test('has lines of 64 characters that end as in Auth0’s', () => {
    const lines = formats.pem.split('\r\n')
    expect(lines[0]).toBe('-----BEGIN CERTIFICATE-----')
    expect(lines.at(-1)).toBe('-----END CERTIFICATE-----')
    for (const line of lines.slice(1, -2)) expect(line).toHaveLength(64)
    expect(formats.pem.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  test('is told from others by its SHA-1, with and without colons', () => {
    const sha1 = createHash('sha1').update(der).digest('hex').toUpperCase()
    expect(formats.thumbprint).toBe(sha1)
    expect(formats.fingerprint).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/)
    expect(formats.fingerprint.replaceAll(':', '')).toBe(sha1)
  })

  test('stands in a PKCS #7 message that nobody signed', () => {
    const lines = formats.pkcs7.split('\r\n')
    expect([lines[0], lines.at(-1)]).toEqual(['-----BEGIN PKCS7-----', '-----END PKCS7-----'])
    const message = read(Buffer.from(lines.slice(1, -1).join(''), 'base64'))
    expect([message.tag, message.rest.length]).toEqual([0x30, 0])
    const [type, wrapped] = elements(message.content)
    // 1.2.840.113549.1.7.2, signedData
    expect(type?.content.toString('hex')).toBe('2a864886f70d010702')
    expect(wrapped?.tag).toBe(0xa0)
    const signedData = elements(read(wrapped?.content ?? Buffer.alloc(0)).content)
    const [version, digests, content, certificates, signers] = signedData
    expect(signedData.map(({ tag }) => tag)).toEqual([0x02, 0x31, 0x30, 0xa0, 0x31])
    expect([version?.content.toString('hex'), digests?.content.length, signers?.content.length]).toEqual(['01', 0, 0])
    // 1.2.840.113549.1.7.1, data
    expect(content?.content.toString('hex')).toBe('06092a864886f70d010701')
    expect(certificates?.content.equals(der)).toBe(true)
  })
})
