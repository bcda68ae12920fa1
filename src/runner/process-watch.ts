import { readFileSync } from 'node:fs'

/** What is watched of a process. */
export interface Watched {
  readonly pid: number
  readonly memoryMiB: number
  readonly stuckMs: number
  /** Whether it owes an answer, or loads. */
  isBusy(): boolean
  /** Milliseconds since it last gave a sign of life; 0 while it need not give one. */
  quietMs(): number
  /** Asks it for a sign of life. */
  ping(): void
  kill(outcome: 'out-of-memory' | 'timed-out'): void
}

const busyMs = 100
const idleMs = 1_000

/**
 * Watches a process: while it owes an answer it is asked for signs of life and its memory is measured; while it does not, its memory
 * alone, and less often: what an action left behind may go on growing.
 */
export class ProcessWatch {
  readonly #watched: Watched
  #timer: NodeJS.Timeout | undefined
  #isBusy = false
  #isStopped = false

  constructor(watched: Watched) {
    this.#watched = watched
    this.#schedule()
  }

  /** It has been given something to do: looks sooner. */
  wake(): void {
    if (!this.#isBusy) this.#schedule()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    this.#isBusy = this.#watched.isBusy()
    this.#timer = setTimeout(() => this.#look(), this.#isBusy ? busyMs : idleMs)
    this.#timer.unref()
  }

  #look(): void {
    const { pid, memoryMiB, stuckMs } = this.#watched
    if (residentMiB(pid) > memoryMiB) this.#watched.kill('out-of-memory')
    else if (this.#watched.quietMs() > stuckMs) this.#watched.kill('timed-out')
    else {
      if (this.#watched.isBusy()) this.#watched.ping()
      this.#schedule()
    }
  }
}

/** Resident MiB of a process; 0 where the system does not tell (only Linux does): there the heap's limit alone holds. */
function residentMiB(pid: number): number {
  try {
    // In kB, whatever the size of a page: on arm64 it may be 16 or 64 KiB.
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) / 1_024
  } catch {
    // Not on the way of a token: a process that is gone is told by its end.
    return 0
  }
}
