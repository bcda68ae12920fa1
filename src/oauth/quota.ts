import {
  type ClientCredentialsQuota,
  type Exchange,
  type QuotaBucket,
  type QuotaEntityType,
  quotaBuckets,
  quotaOf,
  quotaWarningPercentages,
  quotaWindowMs,
  type TenantSettings,
} from '../domain/index.ts'
import { QuotaWindow, type SharedCounters } from './quota-window.ts'
import { TokenRefusal } from './refusals.ts'

/** That a share of a quota is used up: what Auth0 keeps in `details` of `token_quota_consumption_warning`. */
export interface QuotaWarning {
  readonly bucket: QuotaBucket
  readonly entity_type: QuotaEntityType
  readonly entity_id: string
  readonly quota: number
  readonly quota_consumption_percentage: number
  readonly quota_consumption: number
}

/** One bucket of one entity, in the window that a token is counted in. */
interface QuotaLine {
  readonly entity_type: QuotaEntityType
  readonly entity_id: string
  readonly bucket: QuotaBucket
  readonly quota: number
  readonly enforce: boolean
  readonly window: QuotaWindow
}

const headerNames: Readonly<Record<QuotaEntityType, string>> = {
  client: 'auth0-client-quota-limit',
  organization: 'auth0-organization-quota-limit',
}

/** Windows kept of one bucket: the one that counts, and the two before it that a clock may come back to. */
const keptWindows = 3
/** Buckets below which it is not worth looking for those that are over. */
const sweepFrom = 4_096
/** Milliseconds that a bucket's last window is kept after its end. */
const keptMs = 86_400_000

/**
 * Token quotas: how many tokens a client and an organization may still have, hour by hour and day by day. A token is reserved in every bucket
 * that applies before its actions run, and is committed when it leaves or released when it does not: no two exchanges get the same last one,
 * and one that fails has cost nothing.
 *
 * @see Auth0 Docs, "Fine-grained M2M token quotas"
 */
export class TokenQuotas {
  readonly #counters: SharedCounters
  readonly #series = new Map<string, QuotaWindow[]>()
  #sweepAbove = sweepFrom

  constructor(counters: SharedCounters) {
    this.#counters = counters
  }

  /** How many buckets are held: two at most of each client and organization that a quota applied to lately. */
  get size(): number {
    return this.#series.size
  }

  /**
   * Reserves a token for an exchange; `undefined` where no quota applies. Throws the refusal of the entity that has none left, the client's
   * before the organization's; a promise only where a lease has to be fetched first.
   */
  reserve(
    exchange: Exchange,
    settings: TenantSettings,
    nowMs: number,
  ): QuotaReservation | Promise<QuotaReservation> | undefined {
    const { client, organization } = exchange
    const defaults = settings.default_token_quota
    const ofClient = quotaOf(client.token_quota, defaults?.clients)
    const ofOrganization =
      organization === undefined ? undefined : quotaOf(organization.token_quota, defaults?.organizations)
    if (ofClient === undefined && ofOrganization === undefined) return undefined
    const lines = [
      ...this.#lines('client', client.client_id, ofClient, nowMs),
      ...(organization === undefined ? [] : this.#lines('organization', organization.id, ofOrganization, nowMs)),
    ]
    if (lines.length === 0) return undefined
    refuseExceeded(lines, isUsedUp, nowMs)
    return lines.every(canTake) ? take(lines) : leaseAndTake(lines, nowMs)
  }

  /** Returns every lease, so that other servers may use what this one did not. For the end of the server: nothing may be reserved any more. */
  async close(): Promise<void> {
    const windows = [...this.#series.values()].flat()
    this.#series.clear()
    await Promise.all(windows.map((window) => window.returnLease()))
  }

  #lines(
    entity_type: QuotaEntityType,
    entity_id: string,
    of: ClientCredentialsQuota | undefined,
    nowMs: number,
  ): readonly QuotaLine[] {
    if (of === undefined) return []
    return quotaBuckets.flatMap((bucket) => {
      const quota = of[bucket]
      if (quota === undefined) return []
      const window = this.#window(`${entity_type} ${entity_id}`, bucket, nowMs)
      return [{ entity_type, entity_id, bucket, quota, enforce: of.enforce !== false, window }]
    })
  }

  /** The window of a moment. A few are kept whatever the clock says: set forward and back again, it finds what was counted. */
  #window(entity: string, bucket: QuotaBucket, nowMs: number): QuotaWindow {
    const lengthMs = quotaWindowMs[bucket]
    const startMs = Math.floor(nowMs / lengthMs) * lengthMs
    const key = `${bucket} ${entity}`
    const kept = this.#series.get(key)
    if (kept?.[0]?.endMs === startMs + lengthMs) return kept[0]
    const known = kept?.find(({ endMs }) => endMs === startMs + lengthMs)
    const window = known ?? new QuotaWindow(entity, bucket, startMs, lengthMs, this.#counters)
    const others = kept?.filter((other) => other !== window) ?? []
    this.#series.set(key, [window, ...others].slice(0, keptWindows))
    this.#sweep(nowMs)
    return window
  }

  #sweep(nowMs: number): void {
    if (this.#series.size <= this.#sweepAbove) return
    for (const [key, windows] of this.#series)
      if (windows.every(({ endMs }) => endMs + keptMs < nowMs)) this.#series.delete(key)
    // Twice what is left: each sweep is paid for by as many additions.
    this.#sweepAbove = Math.max(sweepFrom, this.#series.size * 2)
  }
}

/** A token in every bucket that counts it, until it leaves or does not. */
export class QuotaReservation {
  readonly #lines: readonly QuotaLine[]
  #state: 'reserved' | 'committed' | 'released' = 'reserved'
  #warned: readonly { readonly window: QuotaWindow; readonly before: number }[] = []

  constructor(lines: readonly QuotaLine[]) {
    this.#lines = lines
  }

  /** The token leaves. Answers what its entry in the log is to be accompanied by: each bucket that has reached a percentage for the first time. */
  commit(): readonly QuotaWarning[] {
    if (this.#state !== 'reserved') throw new Error(`a quota reservation was to be committed and was ${this.#state}`)
    this.#state = 'committed'
    for (const { window } of this.#lines) window.commit()
    const reached = this.#lines.flatMap((line) => {
      const { bucket, entity_type, entity_id, quota, window } = line
      const percentage = percentageOf(window.consumed, quota)
      if (percentage <= window.warnedPercentage) return []
      const before = window.warnedPercentage
      window.warnedPercentage = percentage
      const warning: QuotaWarning = {
        bucket,
        entity_type,
        entity_id,
        quota,
        quota_consumption_percentage: percentage,
        quota_consumption: window.consumed,
      }
      return [{ window, before, warning }]
    })
    this.#warned = reached
    return reached.map(({ warning }) => warning)
  }

  /** The token does not leave, even if it was committed: nothing was consumed. Once is enough; more does no harm. */
  release(): void {
    if (this.#state === 'released') return
    for (const { window } of this.#lines) window.giveBack(this.#state === 'committed')
    for (const { window, before } of this.#warned) window.warnedPercentage = before
    this.#state = 'released'
  }

  /** The quota headers of an answer, in Auth0's spelling to the byte: `b=per_hour;q=10;r=7;t=3540,b=per_day;q=50;r=47;t=43200`. */
  headers(nowMs: number): Readonly<Record<string, string>> {
    return quotaHeaders(this.#lines, nowMs)
  }
}

function canTake({ window, quota, enforce }: QuotaLine): boolean {
  return window.canTake(quota, enforce)
}

function isUsedUp({ window, quota, enforce }: QuotaLine): boolean {
  return enforce && window.isUsedUp(quota)
}

function take(lines: readonly QuotaLine[]): QuotaReservation {
  for (const { window } of lines) window.take()
  return new QuotaReservation(lines)
}

/** Others may take what was leased before it is this exchange's turn: then there is another round, until there is one for it or none. */
async function leaseAndTake(lines: readonly QuotaLine[], nowMs: number): Promise<QuotaReservation> {
  while (!lines.every(canTake)) {
    const short = lines.filter((line) => !canTake(line))
    const leased = await Promise.all(short.map(({ window, quota, enforce }) => window.lease(quota, enforce)))
    const empty = new Set(short.filter((_, index) => leased[index] === 0))
    refuseExceeded(lines, (line) => isUsedUp(line) || (empty.has(line) && !canTake(line)), nowMs)
  }
  return take(lines)
}

function refuseExceeded(lines: readonly QuotaLine[], isExceeded: (line: QuotaLine) => boolean, nowMs: number): void {
  const exceeded = lines.filter(isExceeded)
  const [first] = exceeded
  if (first === undefined) return
  // Of an entity's two windows the one that ends last: before that, trying again is of no use.
  const told = exceeded
    .filter(({ entity_type }) => entity_type === first.entity_type)
    .reduce((last, line) => (line.window.endMs > last.window.endMs ? line : last))
  const entities = new Set(exceeded.map(({ entity_type }) => entity_type))
  const reason = first.entity_type === 'client' ? 'client-quota-exceeded' : 'organization-quota-exceeded'
  throw new TokenRefusal(reason, {}, `the quota ${told.bucket} of ${told.quota} is used up`, {
    ...quotaHeaders(
      lines.filter(({ entity_type }) => entities.has(entity_type)),
      nowMs,
    ),
    'x-ratelimit-limit': String(told.quota),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(told.window.endMs / 1_000),
    'retry-after': String(Math.max(1, secondsLeft(told, nowMs))),
  })
}

function quotaHeaders(lines: readonly QuotaLine[], nowMs: number): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const { bucket, quota, window, entity_type } = line
    const name = headerNames[entity_type]
    const text = `b=${bucket};q=${quota};r=${Math.max(0, quota - window.used)};t=${secondsLeft(line, nowMs)}`
    headers[name] = headers[name] === undefined ? text : `${headers[name]},${text}`
  }
  return headers
}

/** Whole seconds until a window ends, rounded up: waiting that long is enough. */
function secondsLeft({ window, bucket }: QuotaLine, nowMs: number): number {
  return Math.ceil(Math.min(quotaWindowMs[bucket], Math.max(0, window.endMs - nowMs)) / 1_000)
}

/** The highest percentage worth a warning that a consumption has reached; 0 below all of them. */
function percentageOf(consumed: number, quota: number): number {
  return quotaWarningPercentages.find((percentage) => consumed * 100 >= percentage * quota) ?? 0
}
