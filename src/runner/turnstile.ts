/** Lets so many in at once, and the others in the order they came. Of those at most so many wait: whoever comes then is turned away. */
export class Turnstile {
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor({ atOnce, waiting }: { readonly atOnce: number; readonly waiting: number }) {
    this.#atOnce = atOnce
    this.#mostWaiting = waiting
  }

  /** Does the work when it is its turn; `undefined` when it is turned away. */
  async pass<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#inside < this.#atOnce) this.#inside += 1
    else if (this.#waiting.length >= this.#mostWaiting) return undefined
    // Whoever leaves hands its place on.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside -= 1
      else next()
    }
  }
}
