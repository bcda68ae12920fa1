import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { newId, type RandomBytes } from '../domain/index.ts'
import type { Sealer } from './seal.ts'

/** Where a signing key stands. The next one is published before it signs; the previous one until it is revoked. */
export type SigningKeyState = 'next' | 'current' | 'previous' | 'revoked'

/** A signing key as it is stored: the private key sealed. */
export interface StoredSigningKey {
  readonly kid: string
  readonly alg: string
  /** PKCS #8 (DER, base64), sealed under {@link sealedKeyContext}. */
  readonly sealed: string
  /** The self-signed certificate over the public key, PEM. */
  readonly cert: string
  readonly state: SigningKeyState
  readonly created_at: string
}

/** One published key. @see RFC 7517 §4; the members and their order as Auth0 publishes them. */
export interface PublicJwk {
  readonly kty: string
  readonly use: 'sig'
  readonly n: string
  readonly e: string
  readonly kid: string
  readonly x5t: string
  readonly x5c: readonly string[]
  readonly alg: string
}

/** The tenant's signing keys, opened: one signs, the published ones verify. */
export interface KeyRing {
  readonly current: { readonly kid: string; readonly privateKey: KeyObject }
  /** The key set: current, next, and previous until it is revoked. */
  readonly jwks: { readonly keys: readonly PublicJwk[] }
}

/** The context a signing key's private part is sealed under. */
export function sealedKeyContext(kid: string): string {
  return `signingKeys:${kid}`
}

const certificateYears = 10

/** Makes an RSA-2048 signing key with a certificate for `commonName`, in the thread pool. */
export async function createSigningKey(options: {
  readonly commonName: string
  readonly state: SigningKeyState
  readonly sealer: Sealer
  readonly now: Date
  readonly random: RandomBytes
}): Promise<StoredSigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const notAfterDate = new Date(options.now)
  notAfterDate.setUTCFullYear(notAfterDate.getUTCFullYear() + certificateYears)
  const { cert } = await generate([{ name: 'commonName', value: options.commonName }], {
    keyPair: { privateKey, publicKey },
    algorithm: 'sha256',
    notBeforeDate: options.now,
    notAfterDate,
  })
  const kid = newId.signingKey(options.random)
  const der = createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'der' }).toString('base64')
  return {
    kid,
    alg: 'RS256',
    sealed: options.sealer.seal(der, sealedKeyContext(kid)),
    cert,
    state: options.state,
    created_at: options.now.toISOString(),
  }
}

/** Opens a tenant's signing keys. Throws unless exactly one of them is current and it opens. */
export function openKeyRing(stored: readonly StoredSigningKey[], sealer: Sealer): KeyRing {
  const current = stored.filter(({ state }) => state === 'current')
  const [key] = current
  if (key === undefined || current.length > 1) throw new Error(`one signing key must be current; ${current.length} are`)
  const der = Buffer.from(sealer.open(key.sealed, sealedKeyContext(key.kid)), 'base64')
  const order: readonly SigningKeyState[] = ['current', 'next', 'previous']
  return {
    current: { kid: key.kid, privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) },
    jwks: { keys: order.flatMap((state) => stored.filter((one) => one.state === state)).map(publicJwk) },
  }
}

function publicJwk({ kid, alg, cert }: StoredSigningKey): PublicJwk {
  const certificate = new X509Certificate(cert)
  const { kty, n, e } = createPublicKey(cert).export({ format: 'jwk' })
  if (kty === undefined || n === undefined || e === undefined) throw new Error(`the signing key "${kid}" is not RSA`)
  return {
    kty,
    use: 'sig',
    n,
    e,
    kid,
    // RFC 7517 §4.8: SHA-1 by definition; it identifies the certificate and protects nothing.
    x5t: createHash('sha1').update(certificate.raw).digest('base64url'),
    x5c: [certificate.raw.toString('base64')],
    alg,
  }
}
