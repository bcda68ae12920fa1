import { type Clock, guesses, limits } from '../../domain/index.ts'
import { openApi } from '../../engine/api.ts'
import type { Command } from '../../engine/command.ts'
import type { Event } from '../../engine/event.ts'
import type { Transaction } from '../../engine/transaction.ts'
import { causesOf } from './causes.ts'
import { Output } from './console.ts'
import type { EventSources } from './event-sources.ts'
import { type CompiledAction, NotLoadable } from './load.ts'
import { watchWrites } from './writes.ts'

const now = Date.now
// Taken before any action runs: who replaces them would end another action's turn before it has denied.
const NativePromise = Promise
const { apply } = Reflect
const { then } = Promise.prototype
const toText = String
const slice: (text: string, start: number, end: number) => string = Function.prototype.call.bind(String.prototype.slice)

const stackCharacters = 8_192

/** Commands of one turn beyond which a late call is no longer added: a flood of them would push out what counts. */
const toldCalls = guesses.commandsPerExecution + 100

/** A loaded version: its code, or why it has none. */
export type Action = { readonly action_name: string; readonly secrets: string } & (
  | { readonly compiled: CompiledAction; readonly failure: undefined }
  | { readonly failure: Thrown }
)

/** What is running at this moment, for the console and for errors that nobody caught. */
export interface TurnScope {
  readonly action_name: string
  readonly output: Output
  settled: boolean
  fail(error: unknown): void
}

/** One action's turn, ended. */
export interface EndedTurn {
  readonly completed: boolean
  readonly commands: readonly Command[]
  /** The outcome as it is sent, its console cut to so many characters. */
  report(consoleCharacters: number): object
  /** Its own, so that no promise asks a prototype for it. */
  readonly then: undefined
}

/** An error as plain texts: what was thrown may be anything, and does not survive the crossing. */
export interface Thrown {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

export interface RunAction {
  readonly action: Action
  readonly event: Event
  /** What the event was made of. */
  readonly sources: EventSources
  readonly transaction: Transaction
  readonly recorded: number
  readonly enter: <R>(scope: TurnScope, run: () => R) => R
  readonly reportLate: (action_name: string, what: string) => void
  /** What the lifetimes of cached entries are reckoned by; what the turn takes is told by the real time. */
  readonly clock: Clock
}

/** Runs one action's handler once. Never rejects: what the action threw is in the report. */
export async function runAction(run: RunAction): Promise<EndedTurn> {
  const { action, event, transaction, recorded } = run
  // What the action was last shown of them: the array itself is in its hands.
  let target = run.sources.target
  const startedAt = now()
  const output = new Output(limits.consoleBytes)
  const { api, commands, settle } = openApi({
    transaction,
    clock: run.clock,
    recorded,
    onTargetScopes: (scopes) => {
      event.transaction.target_scopes = scopes
      target = [...scopes]
    },
    onLateCall: (method) => {
      run.reportLate(action.action_name, method)
      // As long as a later action runs, the execution's result can still name it.
      if (told.length < toldCalls) told[told.length] = { type: 'ignored', what: 'late-call', name: method }
    },
  })
  const writes = watchWrites(event, api, run.sources, () => target)
  let ending: object
  let completed = false
  let told: Command[] = []
  const scope: TurnScope = { action_name: action.action_name, output, settled: false, fail: () => undefined }
  try {
    await run.enter(
      scope,
      () =>
        new NativePromise((resolve, reject) => {
          scope.fail = reject
          if (action.failure !== undefined) throw new NotLoadable(`${action.failure.name}: ${action.failure.message}`)
          // Its return value means nothing.
          apply(then, action.compiled.handler()(event, api), [resolve, reject])
        }),
    )
    completed = true
    told = [...commands, ...writes.found()]
    ending = { kind: 'completed', commands: told }
  } catch (error) {
    ending =
      error instanceof NotLoadable
        ? { kind: 'not-loadable', message: error.message }
        : { kind: 'threw', ...thrown(error) }
  }
  scope.settled = true
  settle()
  return {
    completed,
    commands,
    // biome-ignore lint/suspicious/noThenProperty: so that nobody's is found
    then: undefined,
    report: (characters) => ({ ...ending, startedAt, endedAt: now(), console: output.take(characters) }),
  }
}

/** Reads name, message and stack, with what caused it below, out of whatever was thrown; getters of it may throw in turn. */
export function thrown(error: unknown): Thrown {
  try {
    if (typeof error !== 'object' || error === null) return { name: 'Error', message: slice(toText(error), 0, 4_096) }
    const { name, message, stack } = error as {
      readonly name?: unknown
      readonly message?: unknown
      readonly stack?: unknown
    }
    const said = { name: text(name, 'Error', 128), message: text(message, '', 4_096) }
    const causes = causesOf(error)
    if (typeof stack !== 'string' && causes === '') return said
    const own = typeof stack === 'string' ? stack : `${said.name}: ${said.message}`
    // What caused it is told also where its own stack is long.
    return { ...said, stack: slice(own, 0, stackCharacters - causes.length) + causes }
  } catch {
    return { name: 'Error', message: 'what the Action threw cannot be read' }
  }
}

function text(value: unknown, fallback: string, length: number): string {
  return typeof value === 'string' ? slice(value, 0, length) : fallback
}
