import { TokenRefusal } from './refusals.ts'

/** How often the tenant may ask for tokens. */
export interface RateLimitSettings {
  /** Requests a second, on average. */
  readonly perSecond: number
  /** Requests at once after a rest. */
  readonly burst: number
}

/** That the limit is reached or near: what the tenant's log keeps of it, at most once a minute of each kind. */
export interface RateLimitNotice {
  readonly type: 'api_limit' | 'api_limit_warning'
  /** The limit: requests at once. */
  readonly size: number
  /** Of these, how many have been made and not come back yet. */
  readonly usage: number
}

/** What became of a request: the headers of its answer, whatever that is, and what the log is to be told. */
export interface RateLimitAnswer {
  readonly headers: Readonly<Record<string, string>>
  readonly notice?: RateLimitNotice
  /** There when the request is one too many. */
  readonly refusal?: TokenRefusal
}

const one = 1_000
/** Milliseconds between two notices of a kind. Auth0 Docs, "Rate Limit Policy". */
const noticeEveryMs = 60_000
/** Percentage of the limit that is worth a warning. Auth0 Docs, "Rate Limit Policy". */
const warningPercentage = 80

/**
 * A token bucket for the whole tenant, in this server's memory: full at its start, filled again at the rate. Setting the clock back fills
 * nothing.
 *
 * @see Auth0 Docs, "Rate Limit Policy"
 */
export class RateLimit {
  readonly #perSecond: number
  readonly #burst: number
  /** Thousandths of a request, so that every sum is exact: a millisecond brings as many as the rate is. */
  #left: number
  #filledAtMs = 0
  readonly #noticedAtMs = { api_limit: Number.NEGATIVE_INFINITY, api_limit_warning: Number.NEGATIVE_INFINITY }

  constructor({ perSecond, burst }: RateLimitSettings) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#left = burst * one
  }

  /** Counts one request, or refuses it, which counts nothing. */
  take(nowMs: number): RateLimitAnswer {
    const passedMs = Math.max(0, nowMs - this.#filledAtMs)
    this.#left = Math.min(this.#burst * one, this.#left + passedMs * this.#perSecond)
    this.#filledAtMs = nowMs
    const isTaken = this.#left >= one
    if (isTaken) this.#left -= one
    const headers = this.#headers(nowMs)
    if (isTaken) {
      const isNear = (this.#burst * one - this.#left) * 100 >= warningPercentage * this.#burst * one
      const notice = isNear ? this.#notice('api_limit_warning', nowMs) : undefined
      return notice === undefined ? { headers } : { headers, notice }
    }
    const notice = this.#notice('api_limit', nowMs)
    const retryAfter = Math.max(1, Math.ceil((one - this.#left) / this.#perSecond / 1_000))
    const refusal = new TokenRefusal('rate-limited', {}, undefined, { 'retry-after': String(retryAfter) })
    return { headers, refusal, ...(notice !== undefined && { notice }) }
  }

  #headers(nowMs: number): Readonly<Record<string, string>> {
    const fullInMs = (this.#burst * one - this.#left) / this.#perSecond
    return {
      'x-ratelimit-limit': String(this.#burst),
      'x-ratelimit-remaining': String(Math.floor(this.#left / one)),
      'x-ratelimit-reset': String(Math.ceil((nowMs + fullInMs) / 1_000)),
    }
  }

  #notice(type: RateLimitNotice['type'], nowMs: number): RateLimitNotice | undefined {
    const passedMs = nowMs - this.#noticedAtMs[type]
    // A clock that was set back would keep silent for as long as that.
    if (passedMs >= 0 && passedMs < noticeEveryMs) return undefined
    this.#noticedAtMs[type] = nowMs
    return { type, size: this.#burst, usage: this.#burst - Math.floor(this.#left / one) }
  }
}
