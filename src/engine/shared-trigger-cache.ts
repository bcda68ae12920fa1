import { guesses, limits } from '../domain/index.ts'
import { mostUtf8Length, utf8Length } from './custom-claims.ts'
import type { CacheChange, CacheRecord, CacheSnapshot } from './trigger-cache.ts'

/**
 * The trigger's cache of this server: what every execution begins with and every finished one adds to.
 * Best effort between executions, as Auth0 says of its own; it does not outlive the process.
 */
export class SharedTriggerCache {
  readonly #entries = new Map<string, CacheRecord>()
  readonly #listeners = new Set<(changes: readonly CacheChange[]) => void>()

  /** What there is now; a live view, for readers in the same turn only. */
  get entries(): CacheSnapshot {
    return this.#entries
  }

  /**
   * Applies what one execution changed, in order, and tells the listeners. Answers the keys whose record found no room because
   * other executions filled the cache meanwhile.
   */
  apply(changes: readonly CacheChange[], now: number): readonly string[] {
    if (changes.length === 0) return []
    const applied: CacheChange[] = []
    for (const [key, record] of this.#entries) {
      if (record.expires_at >= now) continue
      this.#entries.delete(key)
      // Told too: a mirror would keep it for ever.
      applied.push({ key })
    }
    const refused: string[] = []
    for (const change of changes) {
      if (change.record !== undefined && !this.#hasRoomFor(change.key, change.record)) {
        refused.push(change.key)
        continue
      }
      if (change.record === undefined) this.#entries.delete(change.key)
      else this.#entries.set(change.key, change.record)
      applied.push(change)
    }
    if (applied.length > 0) for (const listener of this.#listeners) listener(applied)
    return refused
  }

  /** Tells `listener` of every change applied from now on; the function returned ends that. */
  subscribe(listener: (changes: readonly CacheChange[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #hasRoomFor(key: string, record: CacheRecord): boolean {
    const entries = this.#entries.has(key) ? this.#entries.size : this.#entries.size + 1
    if (entries > limits.cacheEntries) return false
    // What fits at the most a text can take is not read through for its bytes.
    return [mostUtf8Length, utf8Length].some((bytesOf) => this.#bytesWith(key, record, bytesOf) <= guesses.cacheBytes)
  }

  #bytesWith(key: string, record: CacheRecord, bytesOf: (text: string) => number): number {
    let bytes = bytesOf(key) + bytesOf(record.value)
    for (const [otherKey, other] of this.#entries)
      if (otherKey !== key) bytes += bytesOf(otherKey) + bytesOf(other.value)
    return bytes
  }
}
