import type { Client, Exchange } from '../domain/index.ts'
import type { Decision } from '../engine/index.ts'
import type { QuotaWarning } from './quota.ts'
import type { RateLimitNotice } from './rate-limit.ts'
import type { TokenRefusal } from './refusals.ts'
import type { RequestOrigin } from './request-origin.ts'

/** How one token request went, as far as it came: what its log entries are written from, and what an observer is told. */
export interface ExchangeReport {
  readonly origin: RequestOrigin
  /** The client the request named, if there is one, whether or not it proved itself. */
  readonly client?: Client
  /** Whether it did. */
  readonly authenticated: boolean
  /** As requested. */
  readonly audience?: string
  readonly exchange?: Exchange
  readonly decision?: Decision
  /** Names the record of the actions' execution; there when an action ran. */
  readonly execution_id?: string
  /** The token's id, whether or not the token says it; there once one was to be made. */
  readonly access_token_jti?: string
  /** That the tenant's rate limit is reached or near, when the log is to be told. */
  readonly rate_limit_notice?: RateLimitNotice
  /** The quotas of which this token used up a share that is worth an entry. */
  readonly quota_warnings?: readonly QuotaWarning[]
  /** What the client was refused with; absent when a token left. */
  readonly refusal?: TokenRefusal
  /** Milliseconds since the epoch. */
  readonly ended_at: number
}
