import type { QuotaBucket } from '../domain/index.ts'
import type { Ephemeral } from '../storage/index.ts'

/** The counters that servers share. */
export type SharedCounters = Pick<Ephemeral, 'increment'>

/** Tokens leased at once: an eighth of what is left, so that calls grow rarer with the quota and nobody hoards the last ones. */
const leasedShare = 8
const leasedAtMost = 1_000

/**
 * What one quota has counted in one window, on this server. Tokens are leased in blocks from a counter that all servers share, and taken
 * from the lease without a call.
 *
 * 1. `taken <= leased <= shared`: what this server has taken, may take, and what all servers together have leased.
 * 2. An enforced quota is never leased beyond: of two servers, one is told that there is no more.
 * 3. A shared counter that lost its count (a restart, an expiry, a clock that was moved) gets this server's part of it back.
 */
export class QuotaWindow {
  readonly endMs: number
  readonly #key: string
  readonly #expiresAtMs: number
  readonly #counters: SharedCounters
  #shared = 0
  #leased = 0
  #taken = 0
  #reserved = 0
  #leasing: Promise<number> | undefined
  /** The highest percentage of the quota that was warned of. */
  warnedPercentage = 0

  constructor(series: string, bucket: QuotaBucket, startMs: number, lengthMs: number, counters: SharedCounters) {
    this.endMs = startMs + lengthMs
    this.#key = `quota ${series} ${bucket} ${startMs}`
    // One window longer than it counts: a clock that is set back finds it as it was.
    this.#expiresAtMs = this.endMs + lengthMs
    this.#counters = counters
  }

  /** Tokens taken by this server, reserved ones among them, and leased by others: none of them is left. */
  get used(): number {
    return this.#others + this.#taken
  }

  /** Tokens that left, as far as this server knows: its own, and all that others have leased. */
  get consumed(): number {
    return this.used - this.#reserved
  }

  /** Whether one more can be taken from the lease. */
  canTake(quota: number, enforce: boolean): boolean {
    return this.#taken < this.#leased && (!enforce || this.used < quota)
  }

  /** Whether the quota is used up for certain: others hold nothing that could come back. */
  isUsedUp(quota: number): boolean {
    return this.used >= quota && this.#others === 0
  }

  /** Reserves one token. The caller has asked {@link canTake}. */
  take(): void {
    this.#taken += 1
    this.#reserved += 1
  }

  /** A reserved token has left. */
  commit(): void {
    this.#reserved -= 1
  }

  /** A token that did not leave comes back. */
  giveBack(wasCommitted: boolean): void {
    this.#taken -= 1
    if (!wasCommitted) this.#reserved -= 1
  }

  /** Leases some more; resolves with how many that were. Of callers at once, one leases for all. Rejects when the counter cannot be reached. */
  lease(quota: number, enforce: boolean): Promise<number> {
    this.#leasing ??= this.#leaseBlock(quota, enforce).finally(() => {
      this.#leasing = undefined
    })
    return this.#leasing
  }

  /** Returns to the other servers what this one will not use. */
  async returnLease(): Promise<void> {
    await this.#leasing?.catch(() => undefined)
    const unused = this.#leased - this.#taken
    if (unused <= 0) return
    this.#leased -= unused
    this.#shared = await this.#increment(-unused)
  }

  async #leaseBlock(quota: number, enforce: boolean): Promise<number> {
    const left = enforce ? quota - this.used : quota
    const wanted = Math.min(leasedAtMost, Math.max(1, Math.floor(left / leasedShare)))
    let sum = await this.#increment(wanted)
    const lost = this.#leased + wanted - sum
    if (lost > 0) sum = await this.#increment(lost)
    const beyond = enforce ? Math.min(wanted, Math.max(0, sum - quota)) : 0
    if (beyond > 0) sum = await this.#increment(-beyond)
    this.#leased += wanted - beyond
    this.#shared = sum
    return wanted - beyond
  }

  get #others(): number {
    return Math.max(0, this.#shared - this.#leased)
  }

  #increment(by: number): Promise<number> {
    return this.#counters.increment(this.#key, by, this.#expiresAtMs)
  }
}
