import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  webcrypto,
  X509Certificate,
} from 'node:crypto'
import { promisify } from 'node:util'
import { newId, type RandomBytes, type SigningAlgorithm } from '../domain/index.ts'
import type { Sealer } from './seal.ts'

/** Where a signing key stands. The next one is published before it signs; a previous one until it is revoked. */
export type SigningKeyState = 'next' | 'current' | 'previous' | 'revoked'

/** The kinds of signing key, each named by the algorithm it is published under. RS512 and PS256 sign with the RSA key too. */
export const keyFamilies = ['RS256', 'ES256', 'EdDSA'] as const
export type KeyFamily = (typeof keyFamilies)[number]

/** The family whose keys sign with an algorithm; `undefined` for HS256, which each API has a secret of its own for, and for one that nobody has. */
export function keyFamilyOf(alg: SigningAlgorithm): KeyFamily | undefined {
  return alg === 'RS512' || alg === 'PS256' ? 'RS256' : keyFamilies.find((family) => family === alg)
}

/** A signing key as it is stored: the private key sealed. */
export interface StoredSigningKey {
  readonly kid: string
  /** Its {@link KeyFamily}. */
  readonly alg: string
  /** PKCS #8 (DER, base64), sealed under {@link sealedKeyContext}. */
  readonly sealed: string
  /** The self-signed certificate over the public key, PEM. RSA keys alone have one. */
  readonly cert?: string
  readonly state: SigningKeyState
  readonly created_at: string
}

/**
 * One published key. Those of an RSA key, and their order, as Auth0 publishes them.
 *
 * @see RFC 7517 §4; RFC 7518 §6 for `crv`, `x`, `y`, `n`, `e`; RFC 8037 §2 for Ed25519
 */
export interface PublicJwk {
  readonly kty: string
  readonly use: 'sig'
  readonly n?: string
  readonly e?: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly kid: string
  readonly x5t?: string
  readonly x5c?: readonly string[]
  readonly alg?: string
}

/** A signing key, opened. */
export interface SigningKey {
  readonly kid: string
  readonly family: KeyFamily
  readonly state: SigningKeyState
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: PublicJwk
  /** PEM. */
  readonly cert?: string
}

/** The context a signing key's private part is sealed under. */
export function sealedKeyContext(kid: string): string {
  return `signingKeys:${kid}`
}

/** Makes a signing key in the thread pool: RSA-2048 with a certificate for `commonName`, P-256 or Ed25519. */
export async function createSigningKey(options: {
  readonly family: KeyFamily
  readonly commonName: string
  readonly state: SigningKeyState
  readonly sealer: Sealer
  readonly now: Date
  readonly random: RandomBytes
}): Promise<StoredSigningKey> {
  const { family, state, sealer, now } = options
  const pair = await generate(family)
  const kid = newId.signingKey(options.random)
  const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
  return {
    kid,
    alg: family,
    sealed: sealer.seal(der, sealedKeyContext(kid)),
    ...(family === 'RS256' && { cert: await certify(pair, options.commonName, now) }),
    state,
    created_at: now.toISOString(),
  }
}

interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

function generate(family: KeyFamily): Promise<KeyPair> {
  const make = promisify(generateKeyPair)
  switch (family) {
    case 'RS256':
      return make('rsa', { modulusLength: 2048 })
    case 'ES256':
      return make('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return make('ed25519', undefined)
  }
}

const certificateYears = 10

async function certify({ privateKey, publicKey }: KeyPair, commonName: string, now: Date): Promise<string> {
  const notAfterDate = new Date(now)
  notAfterDate.setUTCFullYear(notAfterDate.getUTCFullYear() + certificateYears)
  // Loaded on use: a server whose keys exist never needs it. The first of them has to be there when the second is read.
  await import('reflect-metadata')
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509CertificateGenerator } = await import(
    '@peculiar/x509'
  )
  const signature = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      // RFC 5280 §4.1.2.2: positive, and not longer than twenty octets.
      serialNumber: `00${randomBytes(16).toString('hex')}`,
      name: [{ CN: [commonName] }],
      notBefore: now,
      notAfter: notAfterDate,
      keys: {
        privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, signature, false, ['sign']),
        publicKey: await webcrypto.subtle.importKey('spki', spki, signature, true, ['verify']),
      },
      signingAlgorithm: signature,
      // Signs tokens and nothing else: without these it would also pass for the TLS certificate of its common name.
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      ],
    },
    webcrypto,
  )
  return certificate.toString('pem')
}

/** Opens a stored signing key. Throws when it does not open, is of no family here, or does not fit its family or its certificate. */
export function openSigningKey(stored: StoredSigningKey, sealer: Sealer): SigningKey {
  const { kid, alg, state, cert } = stored
  const family = keyFamilies.find((one) => one === alg)
  if (family === undefined) {
    throw new Error(`the signing key "${kid}" is for ${alg}; this version has keys for ${keyFamilies.join(', ')}`)
  }
  const der = Buffer.from(sealer.open(stored.sealed, sealedKeyContext(kid)), 'base64')
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  der.fill(0)
  if (!fits(privateKey, family)) throw new Error(`the signing key "${kid}" is not one for ${alg}`)
  const certificate = cert === undefined ? undefined : new X509Certificate(cert)
  if (certificate?.checkPrivateKey(privateKey) === false) {
    throw new Error(`the certificate of the signing key "${kid}" is for another key`)
  }
  const publicKey = createPublicKey(privateKey)
  const jwk = publicJwk(publicKey, kid, family, certificate)
  return { kid, family, state, privateKey, publicKey, jwk, ...(cert !== undefined && { cert }) }
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, family: KeyFamily): boolean {
  switch (family) {
    case 'RS256':
      // RFC 7518 §3.3: 2048 bits or more.
      return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
    case 'ES256':
      return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
    case 'EdDSA':
      return asymmetricKeyType === 'ed25519'
  }
}

function publicJwk(
  publicKey: KeyObject,
  kid: string,
  alg: KeyFamily,
  certificate: X509Certificate | undefined,
): PublicJwk {
  const { kty, n, e, crv, x, y } = publicKey.export({ format: 'jwk' })
  if (kty === undefined) throw new Error(`the signing key "${kid}" has no type`)
  return Object.freeze({
    kty,
    use: 'sig',
    ...(n !== undefined && { n }),
    ...(e !== undefined && { e }),
    ...(crv !== undefined && { crv }),
    ...(x !== undefined && { x }),
    ...(y !== undefined && { y }),
    kid,
    ...(certificate !== undefined && {
      // RFC 7517 §4.8: SHA-1 by definition; it identifies the certificate and protects nothing.
      x5t: createHash('sha1').update(certificate.raw).digest('base64url'),
      x5c: Object.freeze([certificate.raw.toString('base64')]),
    }),
    alg,
  })
}
