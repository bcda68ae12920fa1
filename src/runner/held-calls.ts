import type { Call } from './child-process.ts'

interface HeldCall {
  readonly number: number
  readonly call: Call
}

/**
 * The calls that a process was sent and has not answered, by the ascending numbers they were sent under.
 *
 * A list, not a `Map`: one whose entries come and go is laid out anew again and again, each old layout leads to the next, and once one has
 * grown old the collector keeps them all, with every call they held. Answers come mostly in order, so what is looked for stands in front.
 */
export class HeldCalls {
  #held: HeldCall[] = []

  get size(): number {
    return this.#held.length
  }

  /** Adds the call that was sent last. */
  add(number: number, call: Call): void {
    this.#held.push({ number, call })
  }

  get(number: number): Call | undefined {
    return this.#held.find((held) => held.number === number)?.call
  }

  /** Forgets what was sent under a number. */
  delete(number: number): void {
    const index = this.#held.findIndex((held) => held.number === number)
    if (index >= 0) this.#held.splice(index, 1)
  }

  /** Forgets a call. */
  abandon(call: Call): void {
    this.#held = this.#held.filter((held) => held.call !== call)
  }

  /** All of them, oldest first; none is held any more. */
  takeAll(): readonly HeldCall[] {
    return this.#held.splice(0)
  }
}
