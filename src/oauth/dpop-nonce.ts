import { createHmac, timingSafeEqual } from 'node:crypto'

/** Nonces for DPoP proofs that no server has to remember. @see RFC 9449 §8 */
export interface DpopNonces {
  /** One that is accepted for at least one slot from now on. */
  issue(nowMs: number): string
  /** Whether a nonce was issued here, in this slot of time or a neighbour's: another server's clock may be ahead. */
  isCurrent(nonce: string, nowMs: number): boolean
}

/** Nonces of slots of `slotMs`, by HMAC-SHA-256 under a key that every server of the tenant holds. */
export function openDpopNonces(key: Uint8Array, slotMs: number): DpopNonces {
  const nonceOf = (slot: number) => createHmac('sha256', key).update(`dpop nonce ${slot}`).digest('base64url')
  return {
    issue: (nowMs) => nonceOf(Math.floor(nowMs / slotMs)),
    isCurrent(nonce, nowMs) {
      const given = Buffer.from(nonce)
      const slot = Math.floor(nowMs / slotMs)
      return [slot, slot - 1, slot + 1].some((each) => {
        const expected = Buffer.from(nonceOf(each))
        return expected.length === given.length && timingSafeEqual(expected, given)
      })
    },
  }
}
