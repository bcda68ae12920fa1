import { constants, createHmac, createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto'
import type { SigningAlgorithm } from '../domain/index.ts'

/** How signatures of RSA keys are made: on the caller's thread at the least CPU, or in Node's thread pool to use more than one core. */
export type SigningMode =
  | { readonly kind: 'direct' }
  | { readonly kind: 'pool'; readonly threads: number; readonly most: number }

/** The compact JWS over a signing input (RFC 7515 §5.1); `undefined` when the pool holds as many signatures as it may. */
export type SignInput = (input: string) => string | Promise<string> | undefined

/** Signatures under way in the thread pool, of all keys together. */
export interface PendingSignatures {
  count: number
}

/** Whether two signatures of one text under one key are equal bytes. @see RFC 8017 §8.2; RFC 2104 */
export function isDeterministic(alg: SigningAlgorithm): boolean {
  return alg === 'RS256' || alg === 'RS512' || alg === 'HS256'
}

/** Signs under a secret of an API's own. @see RFC 7518 §3.2 */
export function signerOfSecret(secret: KeyObject): SignInput {
  return (input) => `${input}.${createHmac('sha256', secret).update(input, 'latin1').digest('base64url')}`
}

/**
 * Signs under a private key. RSA as `mode` says; P-256 and Ed25519 always on the caller's thread, where they cost less than the way to another.
 * `onFailure` is told when a signature in the pool failed, before its caller is.
 */
export function signerOfKey(
  alg: Exclude<SigningAlgorithm, 'HS256'>,
  privateKey: KeyObject,
  mode: SigningMode,
  pending: PendingSignatures,
  onFailure: () => void,
): SignInput {
  const { digest, options } = parameters[alg]
  const withOptions = (key: KeyObject) => (options === undefined ? key : { key, ...options })
  if (mode.kind === 'direct' || alg === 'ES256' || alg === 'EdDSA') {
    const key = withOptions(privateKey)
    return (input) => `${input}.${signBytes(digest, Buffer.from(input, 'latin1'), key).toString('base64url')}`
  }
  // Node does one asynchronous signature a key object at a time: as many copies as threads.
  const keys = Array.from({ length: mode.threads }, () => withOptions(copyOf(privateKey)))
  let next = 0
  return (input) => {
    const key = keys[next]
    if (pending.count >= mode.most || key === undefined) return undefined
    next = (next + 1) % keys.length
    return new Promise((resolve, reject) => {
      signBytes(digest, Buffer.from(input, 'latin1'), key, (error, signature) => {
        pending.count -= 1
        if (error === null) resolve(`${input}.${signature.toString('base64url')}`)
        else {
          onFailure()
          reject(new Error('an access token could not be signed', { cause: error }))
        }
      })
      // After the call: one that throws at once never gets its callback.
      pending.count += 1
    })
  }
}

interface Parameters {
  /** Ed25519 hashes by itself. */
  readonly digest: string | null
  readonly options?: { readonly padding: number; readonly saltLength: number } | { readonly dsaEncoding: 'ieee-p1363' }
}

const parameters: Readonly<Record<Exclude<SigningAlgorithm, 'HS256'>, Parameters>> = {
  // RFC 7518 §3.3
  RS256: { digest: 'sha256' },
  RS512: { digest: 'sha512' },
  // RFC 7518 §3.5: the salt is as long as the digest.
  PS256: {
    digest: 'sha256',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
  // RFC 7518 §3.4: R and S side by side, no DER.
  ES256: { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  // RFC 8037 §3.1
  EdDSA: { digest: null },
}

function copyOf(key: KeyObject): KeyObject {
  return createPrivateKey({ key: key.export({ type: 'pkcs8', format: 'der' }), format: 'der', type: 'pkcs8' })
}
