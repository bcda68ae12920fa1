import type { Clock } from '../domain/index.ts'

/** Ends a minute that are taken for bad luck; from then on a new process waits, ever longer. */
const toleratedEnds = 5
const firstPauseMs = 100
const longestPauseMs = 5_000
const endsKeptMs = 60_000

/**
 * Counts how often a group's processes ended unasked. After five within a minute it is open: the next process is started only after a
 * pause that doubles with each further end, and until then nothing is asked of one.
 */
export class Breaker {
  readonly #clock: Clock
  readonly #onOpen: (pauseMs: number) => void
  #ends: readonly number[] = []
  #openUntil = 0

  constructor(clock: Clock, onOpen: (pauseMs: number) => void) {
    this.#clock = clock
    this.#onOpen = onOpen
  }

  /** Whether nothing is started now. */
  get isOpen(): boolean {
    return this.#clock() < this.#openUntil
  }

  /** Milliseconds until a process may be started. */
  get pauseMs(): number {
    return Math.max(0, this.#openUntil - this.#clock())
  }

  /** A process was lost, or could not be started. */
  count(): void {
    const now = this.#clock()
    this.#ends = [...this.#ends.filter((end) => end > now - endsKeptMs), now]
    const beyond = this.#ends.length - toleratedEnds
    if (beyond < 0) return
    const pauseMs = Math.min(firstPauseMs * 2 ** beyond, longestPauseMs)
    this.#openUntil = now + pauseMs
    this.#onOpen(pauseMs)
  }
}
