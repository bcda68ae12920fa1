import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new client secret: 64 characters of `A-Z a-z 0-9 - _`, the shape of Auth0's. */
export function newClientSecret(): string {
  return randomBytes(48).toString('base64url')
}

/** What is known of client secrets without knowing them: their keyed digests. */
export interface ClientSecretDigests {
  /** HMAC-SHA-256 of a client secret. */
  digest(clientSecret: string): Uint8Array
  /**
   * Whether a presented client secret is one of those digested. Compares in constant time, and does as much work for no digest as for one:
   * who is told "no" does not learn whether there was a client.
   */
  verify(presented: string, digests: readonly Uint8Array[]): boolean
}

/** Digests under a key that is kept outside the store: a dump of it tells nothing about weak client secrets either. */
export function openClientSecretDigests(key: KeyObject): ClientSecretDigests {
  const digest = (clientSecret: string): Uint8Array => createHmac('sha256', key).update(clientSecret).digest()
  // Matches nothing: the digest of a text nobody has.
  const nobody = digest(randomBytes(48).toString('base64url'))
  return {
    digest,
    verify(presented, digests) {
      const own = digest(presented)
      let proven = false
      for (const known of digests.length === 0 ? [nobody] : digests) {
        proven = (known.length === own.length && timingSafeEqual(own, known)) || proven
      }
      return proven
    },
  }
}
