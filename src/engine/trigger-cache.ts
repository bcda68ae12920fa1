import { guesses, limits } from '../domain/index.ts'
import { mostUtf8Length, utf8Length } from './custom-claims.ts'

/** An entry of `api.cache`: the value and when it ends, in milliseconds since the epoch. */
export interface CacheRecord {
  readonly value: string
  readonly expires_at: number
}

/** Why `api.cache` refused. @see Auth0's typings of `credentials-exchange/v2` */
export type CacheErrorCode =
  | 'MaxSideEffectsExceeded'
  | 'CacheKeySizeExceeded'
  | 'CacheValueSizeExceeded'
  | 'CacheSizeExceeded'
  | 'ItemAlreadyExpired'
  | 'InvalidExpiry'
  | 'FailedToSetCacheRecord'
  | 'FailedToDeleteCacheRecord'
  | 'CacheKeyDoesNotExist'

/** What `api.cache.set` and `api.cache.delete` answer. Nothing here is a promise; `await` on it still works. */
export type CacheResult<T = unknown> =
  | ({ readonly type: 'success' } & T)
  | { readonly type: 'error'; readonly code: CacheErrorCode }

/** One change of a trigger's cache: a record set, or (`undefined`) deleted. */
export type CacheChange = { readonly key: string; readonly record?: CacheRecord }

/** A trigger's cache as one execution finds it. */
export type CacheSnapshot = ReadonlyMap<string, CacheRecord>

/**
 * A trigger's cache as one execution sees it: the server's, as it stands, and the execution's own changes on top, visible at once to
 * every later action of it. Nothing outside changes until the host applies the changes.
 *
 * @see Auth0 Docs, "credentials-exchange API object": `api.cache`, and "Actions Limitations"
 */
export class CacheOverlay {
  readonly #base: CacheSnapshot
  readonly #changes = new Map<string, CacheRecord | undefined>()

  constructor(base: CacheSnapshot) {
    this.#base = base
  }

  /** The record under a key, unless it has expired. */
  get(key: string, now: number): CacheRecord | undefined {
    const record = this.#changes.has(key) ? this.#changes.get(key) : this.#base.get(key)
    return record === undefined || record.expires_at < now ? undefined : record
  }

  /** Puts a record in place, unchecked: its rules were checked by {@link readCacheEntry}. */
  put(key: string, record: CacheRecord): void {
    this.#changes.set(key, record)
  }

  /** Whether there was something to remove. */
  remove(key: string, now: number): boolean {
    if (this.get(key, now) === undefined) return false
    this.#changes.set(key, undefined)
    return true
  }

  /** Keys and bytes of what has not expired, each text as `bytesOf` counts it. */
  size(now: number, bytesOf: (text: string) => number): { readonly entries: number; readonly bytes: number } {
    let entries = 0
    let bytes = 0
    const add = (record: CacheRecord | undefined, key: string): void => {
      if (record === undefined || record.expires_at < now) return
      entries += 1
      bytes += bytesOf(key) + bytesOf(record.value)
    }
    this.#base.forEach((record, key) => {
      if (!this.#changes.has(key)) add(record, key)
    })
    this.#changes.forEach(add)
    return { entries, bytes }
  }

  /** What the execution changed, the last change of each key alone. */
  changes(): readonly CacheChange[] {
    return [...this.#changes].map(([key, record]) => (record === undefined ? { key } : { key, record }))
  }
}

/**
 * Checks the arguments of `api.cache.set` in Auth0's order: key size, value size, total size, `ttl`, `expires_at`, expired, safe integer.
 * Throws a TypeError (`ERR_INVALID_ARG_TYPE`) for a key or value that is not a string; answers every other fault as a code.
 */
export function readCacheEntry(
  overlay: CacheOverlay,
  key: unknown,
  value: unknown,
  options: unknown,
  now: number,
): CacheRecord | CacheErrorCode {
  const keyText = requireText('key', key)
  const valueText = requireText('value', value)
  const keyBytes = boundedLength(keyText, limits.cacheKeyBytes)
  if (keyBytes > limits.cacheKeyBytes) return 'CacheKeySizeExceeded'
  const valueBytes = boundedLength(valueText, limits.cacheValueBytes)
  if (valueBytes > limits.cacheValueBytes) return 'CacheValueSizeExceeded'
  const size = overlay.size(now, mostUtf8Length)
  // An overwritten value still counts: old and new together must fit. What fits at the most a text can take is not read through for its bytes.
  const left = guesses.cacheBytes - keyBytes - valueBytes
  if (size.bytes > left && overlay.size(now, utf8Length).bytes > left) return 'CacheSizeExceeded'
  const expiresAt = readExpiry(options, now)
  if (typeof expiresAt === 'string') return expiresAt
  if (size.entries >= limits.cacheEntries && overlay.get(keyText, now) === undefined) return guesses.cacheFullCode
  return { value: valueText, expires_at: expiresAt }
}

function readExpiry(options: unknown, now: number): number | CacheErrorCode {
  const given = typeof options === 'object' && options !== null ? options : {}
  const ttl = 'ttl' in given ? given.ttl : undefined
  const until = 'expires_at' in given ? given.expires_at : undefined
  const ends: number[] = []
  for (const [value, origin] of [
    [ttl, now],
    [until, 0],
  ] as const) {
    if (value === undefined) continue
    if (typeof value !== 'number' || !Number.isFinite(value)) return 'InvalidExpiry'
    ends.push(origin + Math.floor(value))
  }
  const end = ends.length === 0 ? now + limits.cacheDefaultLifetimeMs : Math.min(...ends)
  if (end <= now) return 'ItemAlreadyExpired'
  if (!Number.isSafeInteger(end)) return 'InvalidExpiry'
  return Math.min(end, now + limits.cacheLifetimeMs)
}

/** The UTF-8 length, or anything over the bound as soon as it is certain: a text has no fewer bytes than units. */
function boundedLength(text: string, bound: number): number {
  return text.length > bound ? text.length : utf8Length(text)
}

function requireText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  const error = new TypeError(`The "${name}" argument must be of type string. Received type ${typeof value}`)
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}
