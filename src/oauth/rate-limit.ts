import { RateBucket, type RateLimitSettings } from '../domain/index.ts'
import { TokenRefusal } from './refusals.ts'

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

/** Milliseconds between two notices of a kind. Auth0 Docs, "Rate Limit Policy". */
const noticeEveryMs = 60_000
/** Percentage of the limit that is worth a warning. Auth0 Docs, "Rate Limit Policy". */
const warningPercentage = 80

/** The limit of token requests for the whole tenant: counts, refuses what is one too many, and tells the log of it. */
export class RateLimit {
  readonly #bucket: RateBucket
  readonly #burst: number
  readonly #noticedAtMs = { api_limit: Number.NEGATIVE_INFINITY, api_limit_warning: Number.NEGATIVE_INFINITY }

  constructor(settings: RateLimitSettings) {
    this.#bucket = new RateBucket(settings)
    this.#burst = settings.burst
  }

  /** Counts one request, or refuses it, which counts nothing. */
  take(nowMs: number): RateLimitAnswer {
    const { isTaken, left, usedPercentage, retryAfterSeconds, headers } = this.#bucket.take(nowMs)
    if (isTaken) {
      const notice = usedPercentage >= warningPercentage ? this.#notice('api_limit_warning', left, nowMs) : undefined
      return notice === undefined ? { headers } : { headers, notice }
    }
    const notice = this.#notice('api_limit', left, nowMs)
    const refusal = new TokenRefusal('rate-limited', {}, undefined, { 'retry-after': String(retryAfterSeconds) })
    return { headers, refusal, ...(notice !== undefined && { notice }) }
  }

  #notice(type: RateLimitNotice['type'], left: number, nowMs: number): RateLimitNotice | undefined {
    const passedMs = nowMs - this.#noticedAtMs[type]
    // A clock that was set back would keep silent for as long as that.
    if (passedMs >= 0 && passedMs < noticeEveryMs) return undefined
    this.#noticedAtMs[type] = nowMs
    return { type, size: this.#burst, usage: this.#burst - left }
  }
}
