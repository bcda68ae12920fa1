import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const header = text({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })

/** A header line with a fresh DPoP proof for a token request. @see RFC 9449 §4 */
export function dpopHeader(htu: string): string {
  const input = `${header}.${text({ jti: randomUUID(), htm: 'POST', htu, iat: Math.floor(Date.now() / 1_000) })}`
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `DPoP: ${input}.${signature.toString('base64url')}\r\n`
}
