import { type Clock, guesses } from '../../domain/index.ts'
import type { FixedEvent } from '../../engine/event.ts'
import { Transaction } from '../../engine/transaction.ts'
import type { CacheSnapshot } from '../../engine/trigger-cache.ts'
import { frameLimits } from '../protocol.ts'
import { type EventSources, type InvokeMessage, makeEvent } from './event-sources.ts'
import { findTampering } from './tampering.ts'
import { type Action, type RunAction, runAction } from './turn.ts'

// Taken before any action runs: actions share the realm and may replace anything.
const { parse, stringify } = JSON
const { byteLength } = Buffer
const now = Date.now

/** What executions run in. */
export interface Scene {
  readonly actions: ReadonlyMap<string, Action>
  readonly cache: CacheSnapshot
  readonly enter: RunAction['enter']
  readonly reportLate: RunAction['reportLate']
  /** What the lifetimes of cached entries are reckoned by. */
  clock: Clock
  /** Told, before each further action of an execution that is to tell it, the outcome of the one before as text. The action begins once this resolves. */
  readonly onTurn: (number: number, outcome: string) => Promise<void>
  /** Characters of console output each action may send back. */
  consoleCharacters: number
}

/** One execution, as it was ordered. */
export interface Order {
  readonly number: number
  /** An {@link InvokeMessage}, as text. */
  readonly body: string
  /** What its event may refer to. */
  readonly fixedParts: ReadonlyMap<number, FixedEvent>
}

/** One execution, ended: what is sent of it. `isTampered`: an action has changed what later results would be made with. */
export interface Ended {
  readonly text: string
  readonly isTampered: boolean
  /** Its own, so that no promise asks a prototype for it. */
  readonly then: undefined
}

/** Runs the versions of one execution in order, until one denies or ends badly. Rejects for a mistake of this program alone. */
export async function execute({ number, body, fixedParts }: Order, scene: Scene): Promise<Ended> {
  const { actions, cache, enter, reportLate, clock } = scene
  const message: InvokeMessage = parse(body)
  const { scopes: initial, system } = message.varying
  const transaction = new Transaction({ scopes: initial, cache, system })
  const outcomes: object[] = []
  const { prior = [], tellsTurns = false } = message
  for (let index = 0; index < prior.length; index++) {
    const command = prior[index]
    if (command !== undefined) transaction.apply(command, clock())
  }
  let recorded = prior.length
  let turn = 0
  for (let index = 0; index < message.versions.length; index++) {
    const action = actions.get(message.versions[index] ?? '')
    if (action === undefined) break
    const before = outcomes[outcomes.length - 1]
    if (tellsTurns && before !== undefined) await scene.onTurn(number, turnText(before))
    const fixed = fixedParts.get(message.fixed)
    if (fixed === undefined) break
    // As text: what an earlier action set must not change when a later one writes onto its event.
    const claimsText = guesses.customClaimsShowEarlierActions ? stringify(transaction.claims()) : '{}'
    const target = [...transaction.target]
    const sources: EventSources = { fixed, message, body, secrets: action.secrets, claims: claimsText, target }
    const event = makeEvent(sources)
    const outcome = await runAction({
      action,
      event,
      sources,
      transaction,
      recorded,
      enter,
      reportLate,
      clock,
    })
    outcomes[outcomes.length] = outcome.report(scene.consoleCharacters)
    recorded += outcome.commands.length
    const tampered = findTampering()
    if (tampered !== undefined) {
      return ended(tamperedText(turn, tampered), true)
    }
    turn += 1
    if (!outcome.completed || transaction.denial !== undefined) break
  }
  return ended(resultText(outcomes), false)
}

function ended(text: string, isTampered: boolean): Ended {
  // biome-ignore lint/suspicious/noThenProperty: so that nobody's is found
  return { text, isTampered, then: undefined }
}

/** The outcomes as JSON within the bound of a frame; over it, the last outcome becomes the failure that it is. */
function resultText(outcomes: readonly object[]): string {
  const text = stringify(outcomes)
  if (byteLength(text) <= frameLimits.toServer) return text
  const at = now()
  const failure = { kind: 'threw', name: 'RangeError', message: 'What the Action set and printed is too large.' }
  const kept = outcomes.slice(0, -1).map((outcome) => ({ ...outcome, commands: [], console: [] }))
  return stringify([...kept, { ...failure, startedAt: at, endedAt: at, console: [] }])
}

/** The outcome of an action that completed, as JSON within the bound of a frame; over it, without what it set and printed. */
function turnText(outcome: object): string {
  const text = stringify([outcome])
  // A character is three bytes at most: this is on the way of every token.
  const fits = text.length * 3 <= frameLimits.toServer || byteLength(text) <= frameLimits.toServer
  return fits ? text : stringify([{ ...outcome, commands: [], console: [] }])
}

/** The failure of the turn after which tampering was found, as text put together by hand: what makes text of values cannot be trusted any more. */
function tamperedText(turnsBefore: number, tampered: string): string {
  const ended = `"startedAt":${now()},"endedAt":${now()},"console":[]`
  const message = `The Action replaced ${tampered}. Its process ends: what other Actions set can no longer be trusted.`
  let text = '['
  for (let turn = 0; turn < turnsBefore; turn++) text += `{"kind":"completed","commands":[],${ended}},`
  return `${text}{"kind":"threw","name":"Error","message":${stringify(message)},${ended}}]`
}
