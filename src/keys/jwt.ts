import { createPrivateKey, type KeyObject, sign as signBytes } from 'node:crypto'
import type { KeyRing } from './key-ring.ts'

/** How signatures are made: on the caller's thread at the least CPU, or in Node's thread pool to use more than one core. */
export type SigningMode =
  | { readonly kind: 'direct' }
  | { readonly kind: 'pool'; readonly threads: number; readonly most: number }

/**
 * Signs access tokens with one key ring.
 *
 * Answers the compact JWS of a claims set given as JSON text; `undefined` when the pool holds as many signatures as it may.
 */
export type SignAccessToken = (claims: string) => string | Promise<string> | undefined

/** RFC 7515 §3.1, RS256 (RFC 7518 §3.3). The header is `alg, typ, kid`, as Auth0 writes it. */
export function accessTokenSigner({ current }: KeyRing, mode: SigningMode): SignAccessToken {
  const header = base64url(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: current.kid }))
  if (mode.kind === 'direct') {
    return (claims) => {
      const input = `${header}.${base64url(claims)}`
      return `${input}.${signBytes('sha256', Buffer.from(input, 'latin1'), current.privateKey).toString('base64url')}`
    }
  }
  // Node does one asynchronous signature a key object at a time: as many copies as threads.
  const keys = Array.from({ length: mode.threads }, () => copyOf(current.privateKey))
  let pending = 0
  let next = 0
  return (claims) => {
    const key = keys[next]
    if (pending >= mode.most || key === undefined) return undefined
    next = (next + 1) % keys.length
    const input = `${header}.${base64url(claims)}`
    return new Promise((resolve, reject) => {
      signBytes('sha256', Buffer.from(input, 'latin1'), key, (error, signature) => {
        pending -= 1
        if (error === null) resolve(`${input}.${signature.toString('base64url')}`)
        else reject(new Error('an access token could not be signed', { cause: error }))
      })
      // After the call: one that throws at once never gets its callback.
      pending += 1
    })
  }
}

function copyOf(key: KeyObject): KeyObject {
  return createPrivateKey({ key: key.export({ type: 'pkcs8', format: 'der' }), format: 'der', type: 'pkcs8' })
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
