import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { encryptionAlgorithms, encryptionFormat, guesses, type TokenEncryption } from '../domain/index.ts'

/** Bits of an RSA key that tokens may be encrypted for. RFC 7518 §4.3 asks for 2048 or more; Auth0 takes up to 4096. */
const keyBits = { least: 2048, most: 4096 } as const

/** Why tokens cannot be encrypted as an API asks, in one sentence; `undefined` when they can. */
export function encryptionFault({ format, encryption_key }: TokenEncryption): string | undefined {
  if (format !== encryptionFormat) return `token_encryption.format must be ${encryptionFormat}`
  // A record of another version may lack it.
  if (encryption_key == null) return 'token_encryption.encryption_key is missing'
  if (!encryptionAlgorithms.includes(encryption_key.alg)) {
    return `token_encryption.encryption_key.alg must be one of ${encryptionAlgorithms.join(', ')}`
  }
  const key = publicKeyOf(encryption_key.pem)
  return typeof key === 'string' ? `token_encryption.encryption_key.pem ${key}` : undefined
}

/**
 * Encrypts signed tokens for one API. Throws what {@link encryptionFault} says.
 *
 * @see RFC 7519 §5.2 and appendix A.2 for a signed token inside of a JWE: `cty` says so
 */
export function tokenEncrypter(encryption: TokenEncryption): (token: string) => Promise<string> {
  const fault = encryptionFault(encryption)
  const { alg, kid, pem } = encryption.encryption_key
  const key = publicKeyOf(pem)
  if (fault !== undefined || typeof key === 'string') throw new Error(fault)
  const header = { alg, enc: 'A256GCM', cty: guesses.encryptedTokenContentType, ...(kid != null && { kid }) }
  return (token) => new CompactEncrypt(Buffer.from(token, 'latin1')).setProtectedHeader(header).encrypt(key)
}

/** The thumbprint (SHA-256, base64url) of the key of a PEM text, as Auth0 shows it; `undefined` for none that tokens can be encrypted for. @see RFC 7638 §3 */
export function encryptionKeyThumbprint(pem: string): string | undefined {
  const key = publicKeyOf(pem)
  if (typeof key === 'string') return undefined
  const { e, kty, n } = key.export({ format: 'jwk' })
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}

/** The public key of a PEM text, or what is wrong with it, without repeating any of it. */
function publicKeyOf(pem: string): KeyObject | string {
  // Node would derive the public key: whoever encrypts has no business holding the other one.
  if (/PRIVATE KEY/.test(pem)) return 'holds a private key; give the public one'
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    // Not a key, whatever the reason: the sentence is the answer, and nothing is encrypted by it.
    return 'is neither a public key nor a certificate (PEM)'
  }
  if (key.asymmetricKeyType !== 'rsa') return `is a key of type ${key.asymmetricKeyType}; RSA is needed`
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < keyBits.least || bits > keyBits.most) {
    return `has ${bits} bits; an RSA key of ${keyBits.least} to ${keyBits.most} is needed`
  }
  return key
}
