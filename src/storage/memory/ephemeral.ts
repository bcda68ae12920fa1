import type { Clock } from '../../domain/index.ts'
import type { Ephemeral } from '../index.ts'

interface Entry {
  readonly value: string
  readonly expiresAtMs: number
}

/** {@link Ephemeral} in this process. */
export interface MemoryEphemeral extends Ephemeral {
  /** How many keys are held, those that have expired and were not swept yet among them. */
  readonly size: number
}

/** Keys below which sweeping is not worth its while. */
const sweepFrom = 1_024

/**
 * Values, counters and notices of one process: gone with it, seen by no other. A key that has expired is absent at once; its memory comes
 * back when keys are added: no more than twice the live ones are ever held, or 1,024.
 */
export function openMemoryEphemeral(clock: Clock): MemoryEphemeral {
  const entries = new Map<string, Entry>()
  const listeners = new Map<string, Set<(message: string) => void>>()
  let sweepAbove = sweepFrom

  function live(key: string): Entry | undefined {
    const entry = entries.get(key)
    return entry !== undefined && entry.expiresAtMs > clock() ? entry : undefined
  }

  function put(key: string, entry: Entry): void {
    entries.set(key, entry)
    if (entries.size <= sweepAbove) return
    const now = clock()
    for (const [other, { expiresAtMs }] of entries) if (expiresAtMs <= now) entries.delete(other)
    // Twice what is left: each sweep is paid for by as many additions.
    sweepAbove = Math.max(sweepFrom, entries.size * 2)
  }

  return {
    get size() {
      return entries.size
    },
    get: async (key) => live(key)?.value,
    set: async (key, value, expiresAtMs) => put(key, { value, expiresAtMs }),
    delete: async (key) => {
      entries.delete(key)
    },
    claim: async (key, expiresAtMs) => {
      if (live(key) !== undefined) return false
      put(key, { value: '', expiresAtMs })
      return true
    },
    increment: async (key, by, expiresAtMs) => {
      const counter = live(key)
      const sum = Number(counter?.value ?? 0) + by
      if (!Number.isSafeInteger(sum)) throw new Error(`"${key}" is no counter, or would leave the safe integers`)
      put(key, { value: String(sum), expiresAtMs: counter?.expiresAtMs ?? expiresAtMs })
      return sum
    },
    publish: async (topic, message) => {
      // Not in this call: a listener that throws must not look like a publisher's failure.
      for (const listener of listeners.get(topic) ?? []) queueMicrotask(() => listener(message))
    },
    subscribe: async (topic, listener) => {
      // A function of its own: the same listener may subscribe twice, and end one of the two.
      const own = (message: string) => listener(message)
      const subscribed = listeners.get(topic) ?? new Set()
      listeners.set(topic, subscribed.add(own))
      return async () => {
        subscribed.delete(own)
        if (subscribed.size === 0 && listeners.get(topic) === subscribed) listeners.delete(topic)
      }
    },
    close: async () => {
      entries.clear()
      listeners.clear()
    },
  }
}
