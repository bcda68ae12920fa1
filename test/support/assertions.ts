import { constants, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { CredentialAlgorithm, GivenCredential } from '../../src/domain/index.ts'
import { domain } from './server.ts'

/** The parameter that says a client assertion is a JWT. RFC 7523 §2.2 */
export const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A key pair of somebody who signs assertions. */
export interface TestKey {
  readonly alg: CredentialAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public key, PEM. */
  readonly pem: string
}

/** Members of a header or a payload; `undefined` leaves a default one out. */
export type Members = Readonly<Record<string, unknown>>

/** Makes a key pair. */
export function newKey(alg: CredentialAlgorithm): TestKey {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { alg, privateKey, publicKey, pem: String(publicKey.export({ type: 'spki', format: 'pem' })) }
}

/** A credential over a key. */
export function credentialOf(key: TestKey, changes: Partial<GivenCredential> = {}): GivenCredential {
  return { credential_type: 'public_key', pem: key.pem, alg: key.alg, ...changes }
}

/** Claims of a client's own assertion, in time and for the test server, with what a test changes of them. */
export function ownClaims(client_id: string, changes: Members = {}): Members {
  const now = Math.floor(Date.now() / 1_000)
  return {
    iss: client_id,
    sub: client_id,
    aud: `https://${domain}/`,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...changes,
  }
}

/** A compact JWS of any header and payload, signed as its key does whatever the header says: what no library would write is possible. */
export function signed(
  key: Pick<TestKey, 'alg' | 'privateKey'>,
  payload: Members | string,
  header: Members = {},
): string {
  const head = base64url(JSON.stringify({ alg: key.alg, ...header }))
  const body = base64url(typeof payload === 'string' ? payload : JSON.stringify(payload))
  return `${head}.${body}.${signatureOf(key, `${head}.${body}`).toString('base64url')}`
}

/** The signature of a signing input. */
export function signatureOf({ alg, privateKey }: Pick<TestKey, 'alg' | 'privateKey'>, input: string): Buffer {
  const bytes = Buffer.from(input)
  switch (alg) {
    case 'RS256':
      return sign('sha256', bytes, privateKey)
    case 'RS384':
      return sign('sha384', bytes, privateKey)
    case 'PS256':
      return sign('sha256', bytes, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    case 'ES256':
      return sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    case 'EdDSA':
      return sign(null, bytes, privateKey)
  }
}

/** base64url of a text or of bytes, without padding. */
export function base64url(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url')
}
