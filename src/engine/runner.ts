import type { BoundVersion } from '../domain/index.ts'
import type { Command } from './command.ts'
import type { FixedEvent, VaryingEvent } from './event.ts'

/**
 * One execution of a trigger: the bound versions, in order, and what their event is made of.
 * A runner may send `fixed` once and refer to it: the same object is always the same content.
 */
export interface Invocation {
  readonly versions: readonly BoundVersion[]
  readonly fixed: FixedEvent
  readonly varying: VaryingEvent
  /** What earlier actions of the same execution have asked for, where these are run elsewhere: this part goes on from there. */
  readonly prior?: readonly Command[]
  /** Milliseconds from the call within which all actions together must end. */
  readonly deadlineMs: number
}

/** How the code of one version ended. Plain strings: an `Error` does not survive the crossing. */
export type Ending =
  | { readonly kind: 'completed'; readonly commands: readonly Command[] }
  | { readonly kind: 'threw'; readonly name: string; readonly message: string; readonly stack?: string }
  /** `unavailable`: its processes keep ending, so none was asked. */
  | { readonly kind: 'timed-out' | 'out-of-memory' | 'overloaded' | 'unavailable' }
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'not-loadable'; readonly message: string; readonly stack?: string }

/** One invocation of one version: how it ended, when, and what it printed. */
export type Outcome = Ending & {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly endedAt: number
  /** One text a line, bounded by the runner. */
  readonly console: readonly string[]
}

/** Where actions run. */
export interface Runner {
  /**
   * Runs the bound versions of one execution in order, until one denies or ends badly. Settles by `invocation.deadlineMs` whatever they do:
   * a process is killed, not asked. Rejects only for a defect of the runner; everything an action can cause comes back as an {@link Outcome},
   * one for each version that was begun.
   */
  invoke(invocation: Invocation): Promise<readonly Outcome[]>
}
