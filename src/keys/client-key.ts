import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { type CredentialAlgorithm, limits } from '../domain/index.ts'

/** What a PEM text holds of a client: a public key, and the certificate over it where it is one. */
export interface ClientKey {
  readonly publicKey: KeyObject
  readonly certificate?: X509Certificate
}

/** Characters of a PEM text: a certificate over an RSA key of 4096 bits has about 2,500. */
const longestPem = 8_192

/** RFC 8017 §3.1 allows 3; a signature under so small an exponent has been forged too often. NIST SP 800-56B §6.2.1 asks for more. */
const leastExponent = 65_537n

const keyOf = {
  RS256: 'rsa',
  RS384: 'rsa',
  PS256: 'rsa',
  ES256: 'ec',
  EdDSA: 'ed25519',
} as const satisfies Record<CredentialAlgorithm, string>

/** Reads one public key or certificate, or says in half a sentence what is wrong with the text; repeats nothing of it. */
export function readClientKey(pem: string): ClientKey | { readonly fault: string } {
  if (pem.length > longestPem) return { fault: `has ${pem.length} characters; the limit is ${longestPem}` }
  // Node would derive the public key, and the private one would lie in the store.
  if (/PRIVATE KEY/.test(pem)) return { fault: 'holds a private key; give the public one, and make a new pair' }
  const blocks = pem.match(/-----BEGIN [A-Z0-9 ]+-----/g) ?? []
  if (blocks.length !== 1) return { fault: `holds ${blocks.length} keys or certificates; give one` }
  try {
    if (blocks[0] !== '-----BEGIN CERTIFICATE-----') return { publicKey: createPublicKey(pem) }
    const certificate = new X509Certificate(pem)
    return { publicKey: certificate.publicKey, certificate }
  } catch {
    // Not a key, whatever the reason: the sentence is the answer, and nothing is verified by it.
    return { fault: 'is neither a public key nor a certificate (PEM)' }
  }
}

/**
 * Why a key cannot verify an algorithm's signatures, in half a sentence; `undefined` when it can.
 *
 * @see RFC 7518 §3.3, §3.4, §3.5; RFC 8037 §3.1; Auth0 Docs, "Configure Private Key JWT": RSA of 2048 to 4096 bits
 */
export function clientKeyFault({ publicKey }: ClientKey, alg: CredentialAlgorithm): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey
  if (type !== keyOf[alg])
    return `is a key of type ${type}; "${alg}" needs ${keyOf[alg]}: give another alg or another key`
  if (type === 'ec' && details?.namedCurve !== 'prime256v1')
    return `is on the curve ${details?.namedCurve}; "${alg}" needs P-256`
  if (type !== 'rsa') return undefined
  const [least, most] = limits.credentialRsaBits
  const bits = details?.modulusLength ?? 0
  if (bits < least || bits > most) return `has ${bits} bits; an RSA key of ${least} to ${most} is needed`
  const exponent = details?.publicExponent ?? 0n
  return exponent < leastExponent ? `has the exponent ${exponent}; ${leastExponent} or more is needed` : undefined
}

/** The key id of a key that was given none. @see RFC 7638 §3, with SHA-256 */
export function clientKeyId({ publicKey }: ClientKey): Promise<string> {
  return calculateJwkThumbprint(publicKey)
}

/** SHA-256 of a certificate (DER), base64url: what a certificate credential is known by. @see RFC 8705 §3.1 */
export function certificateThumbprint(certificate: X509Certificate): string {
  return Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
}
