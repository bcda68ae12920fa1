import { guesses, type Json, type JsonObject, type Scope } from '../domain/index.ts'
import type { Command, IgnoredKind } from './command.ts'
import { type ClaimValue, readClaimValue, ruleAgainstClaim, utf8Length } from './custom-claims.ts'
import type { Drop, DropKind, DropRule } from './drop.ts'
import { checkRoomFor } from './target-scopes.ts'
import { CacheOverlay, type CacheSnapshot } from './trigger-cache.ts'

/** What a transaction begins with. */
export interface TransactionStart {
  readonly scopes: readonly Scope[]
  readonly cache: CacheSnapshot
  /** Whether the API is one of the server's own, whose tokens take no custom claims. */
  readonly system: boolean
}

/** A denial as an action asked for it; the last one in an action counts. */
export interface Denial {
  readonly code: string
  readonly reason?: string
}

const ignoredRules: Readonly<Record<IgnoredKind, { readonly kind: DropKind; readonly rule: DropRule }>> = {
  'undefined-claim': { kind: 'claim', rule: 'undefined-value' },
  'unnamed-claim': { kind: 'claim', rule: 'no-name' },
  'event-write': { kind: 'event', rule: 'event-is-a-copy' },
  'api-write': { kind: 'api', rule: 'api-is-closed' },
  'late-call': { kind: 'call', rule: 'handler-settled' },
}

/**
 * What actions have asked for so far: claims, target scopes, cache changes, a denial. It is changed by commands alone.
 *
 * The child keeps one to show actions their own effects, the host folds another from the commands it received: the same code,
 * so what an action was shown is what it gets, and only the host's is believed.
 */
export class Transaction {
  readonly target: Set<Scope>
  readonly cache: CacheOverlay
  /** Without a prototype, and no Map: an action that replaced a method of one would be handed what another action sets. */
  readonly #claims: { [name: string]: Json } = { __proto__: null }
  readonly #claimSizes: { [name: string]: number | null } = { __proto__: null }
  readonly #system: boolean
  #claimBytes = 0
  #denial: Denial | undefined
  #oversized = false

  constructor(start: TransactionStart) {
    this.target = new Set(start.scopes)
    this.cache = new CacheOverlay(start.cache)
    this.#system = start.system
  }

  /** The denial, once there is one. */
  get denial(): Denial | undefined {
    return this.#denial
  }

  /** Whether some claim exceeded what all custom claims of a token may take together: no token may come of it. */
  get oversized(): boolean {
    return this.#oversized
  }

  /** Bytes that further claim names and values may take. */
  get claimBytesLeft(): number {
    return guesses.customClaimsBytes - this.#claimBytes
  }

  /** The claims set so far, without those that no token would carry. */
  claims(): JsonObject {
    return { ...this.#claims }
  }

  /**
   * Carries one command out. Answers what of it was dropped, and by which rule.
   *
   * @param read - of a claim, its size, by whoever has just read it
   */
  apply(command: Command, now: number, read?: ClaimValue): Omit<Drop, 'action'> | undefined {
    switch (command.type) {
      case 'deny':
        if (guesses.lastDenyWins || this.#denial === undefined) this.#denial = command
        return undefined
      case 'set-claim':
        return this.#setClaim(command.name, command.value, read)
      case 'oversized-claims':
        this.#oversized = true
        return undefined
      case 'cache-set':
        this.cache.put(command.key, { value: command.value, expires_at: command.expires_at })
        return undefined
      case 'cache-delete':
        this.cache.remove(command.key, now)
        return undefined
      case 'add-scope':
        checkRoomFor(command.scope, this.target)
        this.target.add(command.scope)
        return undefined
      case 'remove-scope':
        this.target.delete(command.scope)
        return undefined
      case 'set-scopes':
        this.target.clear()
        for (const scope of command.scopes) this.target.add(scope)
        return undefined
      case 'ignored':
        return { ...ignoredRules[command.what], name: command.name }
    }
  }

  #setClaim(name: string, value: Json, known: ClaimValue | undefined): Omit<Drop, 'action'> | undefined {
    const rule = ruleAgainstClaim(name, this.#system)
    if (rule !== undefined) return { kind: 'claim', name, rule }
    const before = this.#claimSizes[name] ?? 0
    const nameBytes = utf8Length(name)
    const left = this.claimBytesLeft + before - nameBytes
    const read = known !== undefined && known.bytes <= left ? known : readClaimValue(value, left)
    if (read === 'too-large' || read === undefined) {
      this.#oversized = true
      return undefined
    }
    const bytes = read.bytes + nameBytes
    this.#claims[name] = value
    this.#claimSizes[name] = bytes
    this.#claimBytes += bytes - before
    return undefined
  }
}
