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
   * Which of the digested client secrets a presented one is: its index, or -1. Compares in constant time, and as often for no digest as for two:
   * who is told "no" does not learn whether there was a client, nor how many secrets it has.
   */
  find(presented: string, digests: readonly Uint8Array[]): number
}

/** Client secrets that one client may have at a time: the one in use and the one before. */
const mostSecrets = 2

/** Digests under a key that is kept outside the store: a dump of it tells nothing about weak client secrets either. */
export function openClientSecretDigests(key: KeyObject): ClientSecretDigests {
  const digest = (clientSecret: string): Uint8Array => createHmac('sha256', key).update(clientSecret).digest()
  // Matches nothing: the digest of a text nobody has.
  const nobody = digest(randomBytes(48).toString('base64url'))
  return {
    digest,
    find(presented, digests) {
      const own = digest(presented)
      let found = -1
      for (let index = 0; index < Math.max(mostSecrets, digests.length); index += 1) {
        const known = digests[index]
        const isSame = timingSafeEqual(own, known?.length === own.length ? known : nobody)
        if (isSame && known !== undefined && found === -1) found = index
      }
      return found
    },
  }
}
