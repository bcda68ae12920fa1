import type { Clock } from '../domain/index.ts'
import { AlreadyExists, type Change, type Store } from '../storage/index.ts'

/** An access token to be remembered as revoked. */
export interface RevokedToken {
  /** Its `id`, as an issued token has it. */
  readonly token: string
  /** The client it was issued to. */
  readonly client_id: string
  /** When it expires, in seconds since the epoch. */
  readonly exp: number
}

/** The access tokens that were revoked before they expired. Asking costs no call to the store; no other token is ever looked up in it. */
export interface RevokedTokens {
  has(token: string): boolean
  /**
   * Remembers a token until it expires. Resolves once that survives a restart and {@link has} says so; when it rejects, the token may still
   * count as good. A second time changes nothing.
   */
  add(revoked: RevokedToken): Promise<void>
  /** Takes over what other servers on the same store have revoked. */
  reload(): Promise<void>
  /** How many are held, those that have expired and were not swept yet among them. */
  readonly size: number
}

/** Tokens below which sweeping is not worth its while. */
const sweepFrom = 1_024

/** Opens what the store remembers. What has expired is forgotten, there too: now, on {@link RevokedTokens.reload}, and as tokens are added. */
export async function openRevokedTokens(
  store: Pick<Store, 'revokedTokens' | 'commit'>,
  clock: Clock,
): Promise<RevokedTokens> {
  let expiries = new Map<string, number>()
  let sweepAbove = sweepFrom
  const hasExpired = (exp: number) => exp * 1_000 <= clock()

  async function forget(tokens: readonly string[]): Promise<void> {
    const changes = tokens.map((token): Change => ({ kind: 'revokedTokens', delete: token }))
    if (changes.length > 0) await store.commit(changes)
  }

  async function reload(): Promise<void> {
    const records = await store.revokedTokens.list()
    const known = new Map(records.map(({ token, exp }) => [token, exp]))
    // Beside the store's: what was added while it was read.
    for (const [token, exp] of expiries) known.set(token, exp)
    const expired = Array.from(known).flatMap(([token, exp]) => (hasExpired(exp) ? [token] : []))
    for (const token of expired) known.delete(token)
    expiries = known
    await forget(expired)
  }

  await reload()
  return {
    has: (token) => expiries.has(token),
    async add({ token, client_id, exp }) {
      if (hasExpired(exp) || expiries.has(token)) return
      const revoked_at = new Date(clock()).toISOString()
      try {
        await store.revokedTokens.create({ token, client_id, exp, revoked_at })
      } catch (error) {
        // Another request was quicker: it is remembered all the same.
        if (!(error instanceof AlreadyExists)) throw error
      }
      expiries.set(token, exp)
      if (expiries.size <= sweepAbove) return
      await reload()
      // Twice what is left: each sweep is paid for by as many additions.
      sweepAbove = Math.max(sweepFrom, expiries.size * 2)
    },
    reload,
    get size() {
      return expiries.size
    },
  }
}
