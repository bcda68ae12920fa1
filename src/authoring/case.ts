import type { CacheRecord, GivenEvent, Json, JsonObject } from '../compose-try.ts'
import type { FoundAction } from './find-action.ts'
import type { EventParts } from './given-event.ts'
import type { OutboundStub } from './outbound-stubs.ts'

/** What a run begins with, beside the actions themselves. Everything has a default. */
export interface CaseGiven {
  /** Names of the actions that run, in this order; `bound` is those of the folder's trigger. Absent, it is the one action that is tested. */
  readonly actions?: 'bound' | readonly string[]
  /** Parts of the event; an example stands for the rest, as in `symbolon try`. */
  readonly event?: EventParts
  /** Values of secrets, over those that the action's file, the environment and `.env` give. */
  readonly secrets?: Readonly<Record<string, string>>
  /** The time that the actions see: a date, or milliseconds since the epoch. Absent, it is the real one. */
  readonly clock?: string | number
  /** The trigger's cache before. A value that is a text lives as long as one that `api.cache.set` is given no lifetime for. */
  readonly cache?: Readonly<Record<string, string | GivenCacheRecord>>
  /** What answers the actions' outbound HTTP requests. A request that none of them answers fails the case. */
  readonly http?: readonly OutboundStub[]
  /** `open`: requests go out to the network, and nothing answers in its place. */
  readonly network?: 'open'
}

/** A record of the cache: its value, and when it ends (a date, or milliseconds since the epoch) or how many milliseconds it has left. */
export interface GivenCacheRecord {
  readonly value: string
  readonly expires_at?: string | number
  readonly ttl?: number
}

/** A text, or a regular expression that finds something in it. */
export type ExpectedText = string | { readonly matches: string }

/** What must come of a run. What is not named is not looked at, but for this: without `denial` and `failure`, a token must be issued. */
export interface Expectation {
  readonly issued?: true
  readonly denial?: { readonly code?: string; readonly reason?: ExpectedText }
  /** `kind` is one of `symbolon try`'s; the message is that of the error, with or without its name before it. */
  readonly failure?: { readonly kind?: string; readonly message?: ExpectedText }
  /** Each is a custom claim of the token, with this very value. */
  readonly claims?: JsonObject
  readonly absent_claims?: readonly string[]
  /** The token's scopes, all of them, in any order. */
  readonly scopes?: readonly string[]
  /** Everything that was dropped, in any order, by the members that are given. */
  readonly dropped?: readonly ExpectedDrop[]
  /** Records of the cache after; null is one that is not there. */
  readonly cache?: Readonly<
    Record<string, string | null | { readonly value: string; readonly expires_at?: string | number }>
  >
  /** Lines that were printed, or all that was printed at once, in this order; others may stand between them. */
  readonly console?: readonly ExpectedText[]
  /** The outbound requests, all of them, in order, by the members that are given. */
  readonly requests?: readonly { readonly method?: string; readonly url?: string; readonly body?: Json }[]
  /** The most milliseconds that the actions themselves may take. */
  readonly action_ms?: number
}

/** One thing that was dropped, by as many of its members as matter. */
export interface ExpectedDrop {
  readonly kind?: string
  readonly name?: string
  readonly rule?: string
  readonly action?: string
}

/** A case as it stands in its file. */
export interface WrittenCase extends CaseGiven {
  readonly name?: string
  /** Why it is not run. */
  readonly skip?: string
  readonly expect?: Expectation
}

/** What a run needs, found and checked. */
export interface RunPlan {
  readonly tenant: string
  readonly actions: readonly FoundAction[]
  readonly event: GivenEvent
  /** The trigger's cache before, for a run that begins at a time (milliseconds since the epoch). */
  readonly cacheAt: (nowMs: number) => Readonly<Record<string, CacheRecord>>
  readonly clockMs?: number
  /** Absent where requests go out to the network. */
  readonly stubs?: readonly OutboundStub[]
}

/** One case, ready to be run. */
export interface ActionCase {
  readonly name: string
  /** The action that it lies beside, or the first that it names. */
  readonly action: string
  /** Its file, as its author would name it, and the line it begins on. */
  readonly file: string
  readonly line?: number
  readonly skip?: string
  readonly plan: RunPlan
  readonly expect: Expectation
  /** Absolute paths of what it is made of: its own file and those of the actions' code. */
  readonly files: readonly string[]
}
