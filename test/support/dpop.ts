import {
  constants,
  createHash,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto'
import { domain } from './server.ts'

/** Algorithms a test key may have. */
export type ProofAlgorithm = 'ES256' | 'ES384' | 'EdDSA' | 'Ed25519' | 'PS256' | 'RS256'

/** A key pair that proofs are signed with. */
export interface ProofKey {
  readonly alg: ProofAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** The public key. */
  readonly jwk: JsonWebKey
  /** RFC 7638 over SHA-256, computed here and not by the server. */
  readonly thumbprint: string
}

/** Makes a key pair; RSA with as many bits as are asked for. */
export function newProofKey(alg: ProofAlgorithm = 'ES256', modulusLength = 2048): ProofKey {
  const { privateKey, publicKey } = pairOf(alg, modulusLength)
  const jwk = publicKey.export({ format: 'jwk' })
  const { crv, e, kty, n, x, y } = jwk
  const members = kty === 'RSA' ? { e, kty, n } : kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x }
  const thumbprint = createHash('sha256').update(JSON.stringify(members)).digest('base64url')
  return { alg, privateKey, publicKey, jwk, thumbprint }
}

function pairOf(alg: ProofAlgorithm, modulusLength: number) {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' })
    case 'EdDSA':
    case 'Ed25519':
      return generateKeyPairSync('ed25519')
    case 'PS256':
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength })
  }
}

/** Members of a header or a payload; `undefined` leaves a default one out. */
export type Members = Readonly<Record<string, unknown>>

/** The claims of a proof for the test server's token endpoint, made at `nowMs`. */
export function proofClaims(nowMs: number, changes: Members = {}): Members {
  const htu = `https://${domain}/oauth/token`
  return { jti: randomUUID(), htm: 'POST', htu, iat: Math.floor(nowMs / 1_000), ...changes }
}

/** A proof over claims, or over a payload as it stands: whatever the header says, it is signed as the key does. */
export function dpopProof(key: ProofKey, claims: Members | string, header: Members = {}): string {
  return signedSegments(key, JSON.stringify({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header }), claims)
}

/** The same over a header as it stands. */
export function signedSegments(key: ProofKey, header: string, claims: Members | string): string {
  const payload = typeof claims === 'string' ? claims : JSON.stringify(claims)
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
  return `${input}.${signatureOf(key, input).toString('base64url')}`
}

/** The signature of a signing input. */
export function signatureOf({ alg, privateKey: key }: ProofKey, input: string): Buffer {
  const bytes = Buffer.from(input)
  switch (alg) {
    case 'ES256':
      return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
    case 'ES384':
      return sign('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' })
    case 'EdDSA':
    case 'Ed25519':
      return sign(null, bytes, key)
    case 'PS256':
      return sign('sha256', bytes, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    case 'RS256':
      return sign('sha256', bytes, key)
  }
}
