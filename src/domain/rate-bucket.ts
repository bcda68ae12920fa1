/** How often something may be asked for. */
export interface RateLimitSettings {
  /** Requests a second, on average. */
  readonly perSecond: number
  /** Requests at once after a rest. */
  readonly burst: number
}

/** What became of one request. */
export interface RateTaken {
  /** Whether it was within the limit, and so was counted. */
  readonly isTaken: boolean
  /** Requests that may still be made at once, whole ones. */
  readonly left: number
  /** Share of the limit that is used up, in percent. */
  readonly usedPercentage: number
  /** Whole seconds until the next request is within the limit; 1 at the least. */
  readonly retryAfterSeconds: number
  /** Of the answer, whatever that is. @see Auth0 Docs, "Rate Limit Policy" */
  readonly headers: Readonly<Record<string, string>>
}

const one = 1_000

/**
 * A token bucket in this server's memory: full at its start, filled again at the rate. Setting the clock back fills nothing.
 *
 * @see Auth0 Docs, "Rate Limit Policy"
 */
export class RateBucket {
  readonly #perSecond: number
  readonly #burst: number
  /** Thousandths of a request, so that every sum is exact: a millisecond brings as many as the rate is. */
  #left: number
  #filledAtMs = 0

  constructor({ perSecond, burst }: RateLimitSettings) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst * one
  }

  /** Counts one request, unless it is one too many. */
  take(nowMs: number): RateTaken {
    const most = this.#burst * one
    const passedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#left = Math.min(most, this.#left + passedMs * this.#perSecond)
    this.#filledAtMs = nowMs
    const isTaken = this.#left >= one
    if (isTaken) this.#left -= one
    const left = Math.floor(this.#left / one)
    const fullInMs = (most - this.#left) / this.#perSecond
    return {
      isTaken,
      left,
      usedPercentage: ((most - this.#left) * 100) / most,
      retryAfterSeconds: Math.max(1, Math.ceil((one - this.#left) / this.#perSecond / 1_000)),
      headers: {
        'x-ratelimit-limit': String(this.#burst),
        'x-ratelimit-remaining': String(left),
        'x-ratelimit-reset': String(Math.ceil((nowMs + fullInMs) / 1_000)),
      },
    }
  }
}
