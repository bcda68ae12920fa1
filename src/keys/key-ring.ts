import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { promisify } from 'node:util'
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
  // Loaded on use: a server whose keys exist never needs it.
  const { generate } = await import('selfsigned')
  const { cert } = await generate([{ name: 'commonName', value: options.commonName }], {
    keyPair: { privateKey, publicKey },
    algorithm: 'sha256',
    notBeforeDate: options.now,
    notAfterDate,
    // Signs tokens and nothing else: without these it would also pass for the TLS certificate of its common name.
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
    ],
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

/** In order of publication; a revoked key is not published. */
const publishedStates: readonly SigningKeyState[] = ['current', 'next', 'previous']

/**
 * Opens a tenant's signing keys. Throws unless exactly one of them is current, at most one next, and both open and fit their certificates:
 * neither a verifier nor a rotation is to find out later.
 */
export function openKeyRing(stored: readonly StoredSigningKey[], sealer: Sealer): KeyRing {
  const inState = (state: SigningKeyState) => stored.filter((one) => one.state === state)
  const [key, ...others] = inState('current')
  if (key === undefined || others.length > 0) {
    throw new Error(`one signing key must be current; ${inState('current').length} are`)
  }
  if (inState('next').length > 1) throw new Error(`at most one signing key may be next; ${inState('next').length} are`)
  const privateKey = openPrivateKey(key, sealer)
  for (const next of inState('next')) openPrivateKey(next, sealer)
  const keys = publishedStates.flatMap(inState).map(publicJwk)
  return { current: { kid: key.kid, privateKey }, jwks: Object.freeze({ keys: Object.freeze(keys) }) }
}

function openPrivateKey({ kid, alg, sealed, cert }: StoredSigningKey, sealer: Sealer): KeyObject {
  if (alg !== 'RS256') throw new Error(`the signing key "${kid}" is for ${alg}; this version signs with RS256`)
  const der = Buffer.from(sealer.open(sealed, sealedKeyContext(kid)), 'base64')
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  if (!new X509Certificate(cert).checkPrivateKey(privateKey)) {
    throw new Error(`the certificate of the signing key "${kid}" is for another key`)
  }
  return privateKey
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
