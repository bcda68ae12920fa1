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
  /** Takes over what other servers on the same store have revoked. Reads what is new, and nothing when nothing is. */
  reload(): Promise<void>
  /** How many are held, those that have expired and were not swept yet among them. */
  readonly size: number
}

/** Records read at once. */
const readAtOnce = 1_000

/** Tokens below which sweeping is not worth its while. */
const sweepFrom = 1_024

/** Opens what the store remembers. What has expired is forgotten, there too: now, on {@link RevokedTokens.reload}, and as tokens are added. */
export async function openRevokedTokens(
  store: Pick<Store, 'revokedTokens' | 'commit'>,
  clock: Clock,
): Promise<RevokedTokens> {
  const expiries = new Map<string, number>()
  /** Of the record that was read last. */
  let position = 0
  /** When the first of them expires. */
  let firstExpiry = Number.POSITIVE_INFINITY
  let sweepAbove = sweepFrom
  const hasExpired = (exp: number) => exp * 1_000 <= clock()

  function remember(token: string, exp: number): void {
    expiries.set(token, exp)
    firstExpiry = Math.min(firstExpiry, exp)
  }

  async function sweep(): Promise<void> {
    const changes: Change[] = []
    firstExpiry = Number.POSITIVE_INFINITY
    for (const [token, exp] of expiries) {
      if (hasExpired(exp)) {
        expiries.delete(token)
        changes.push({ kind: 'revokedTokens', delete: token })
      } else firstExpiry = Math.min(firstExpiry, exp)
    }
    if (changes.length > 0) await store.commit(changes)
  }

  async function reload(): Promise<void> {
    for (;;) {
      const rows = await store.revokedTokens.page({ after: position, limit: readAtOnce })
      for (const { record } of rows) remember(record.token, record.exp)
      position = Math.max(position, rows.at(-1)?.position ?? 0)
      if (rows.length < readAtOnce) break
    }
    if (hasExpired(firstExpiry)) await sweep()
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
      remember(token, exp)
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
