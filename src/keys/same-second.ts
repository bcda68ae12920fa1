/** Characters of claims and tokens held at most: about 200 plain tokens. Those that ask again within a second are few and come early in it; what is held is copied by the collector. */
const mostCharacters = 256 * 1_024

interface Entry {
  readonly maker: object
  readonly token: string | Promise<string>
}

/**
 * Tokens of the running second that an equal exchange may have too, instead of one signed anew.
 *
 * Exact: a token is found again only by the same maker (one key, one algorithm, one header) and the same claims, character by character.
 * With a deterministic signature it is then what signing anew would give. Only the caller knows both; what carries a `jti` is not for here.
 *
 * Bounded: nothing outlives its second once the next token is asked for, and what does not fit is not kept.
 */
export class SameSecondTokens {
  readonly #most: number
  readonly #entries = new Map<string, Entry>()
  #second = Number.NaN
  #characters = 0

  constructor(most: number = mostCharacters) {
    this.#most = most
  }

  /** @param second - the claims' `iat` */
  find(maker: object, claims: string, second: number): string | Promise<string> | undefined {
    if (second !== this.#second) return undefined
    const entry = this.#entries.get(claims)
    return entry?.maker === maker ? entry.token : undefined
  }

  keep(maker: object, claims: string, second: number, token: string | Promise<string>): void {
    if (second !== this.#second) {
      this.clear()
      this.#second = second
    }
    // A token is about as long again as its claims in base64url, and a header and a signature.
    const characters = claims.length * 3 + 500
    if (this.#characters + characters > this.#most) return
    this.#characters += characters
    this.#entries.set(claims, { maker, token })
  }

  /** Forgets all of them. */
  clear(): void {
    this.#entries.clear()
    this.#characters = 0
  }

  /** Tokens held. */
  get size(): number {
    return this.#entries.size
  }
}
