import type { BoundVersion, JsonObject, Scope } from '../domain/index.ts'
import type { DenyCode } from './command.ts'
import type { Drop } from './drop.ts'
import type { Outcome } from './runner.ts'

/** One action's part in an execution. */
export interface ActionRun {
  readonly version: BoundVersion
  readonly outcome: Outcome
}

/** What an execution was: absent from a decision when no action is bound. */
export interface Execution {
  readonly startedAt: number
  readonly endedAt: number
  readonly runs: readonly ActionRun[]
}

/** The end of an exchange, before anything is signed. */
export type Decision = {
  readonly execution?: Execution
  /** Everything that was dropped without a word to the caller, each with its rule. */
  readonly dropped: readonly Drop[]
} & (
  | { readonly kind: 'granted'; readonly scopes: readonly Scope[]; readonly claims: JsonObject }
  /** An action denied. `withheld`: the reason is for the log alone (the code was none of the documented ones). */
  | {
      readonly kind: 'denied'
      readonly error: DenyCode
      readonly reason: string
      readonly withheld: boolean
      readonly by: BoundVersion
    }
  /** An action, or what runs it, failed. `detail` is for the log alone. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly detail: string; readonly by?: BoundVersion }
)

/** Why no decision of the actions' own came about. `oversized-claims`: more than the documented 100 KB. */
export type Failure =
  | 'threw'
  | 'timed-out'
  | 'out-of-memory'
  | 'exited'
  | 'not-loadable'
  | 'overloaded'
  | 'unavailable'
  | 'oversized-claims'
