import { isJsonObject, type Json } from '../domain/index.ts'
import { type Command, type Ending, type Outcome, parseCommand } from '../engine/index.ts'
import type { Call } from './child-process.ts'
import type { LoadedVersion } from './protocol.ts'

/**
 * The outcomes out of a `result` frame; `undefined` when the text is not what our child program sends, down to each command.
 * Times are believed only as far as they lie between the invocation and now.
 */
export function parseOutcomes(
  text: string,
  most: number,
  earliest: number,
  latest: number,
): readonly Outcome[] | undefined {
  const parsed = parseJson(text)
  if (!Array.isArray(parsed) || parsed.length === 0 || parsed.length > most) return undefined
  const outcomes: Outcome[] = []
  for (const value of parsed) {
    const outcome = parseOutcome(value, earliest, latest)
    if (outcome === undefined) return undefined
    outcomes.push(outcome)
  }
  return outcomes
}

/**
 * The outcomes of a call that gets no result: what was told of the actions before, and the ending of the one that had its turn. Where what was
 * told is not that each of them completed, none of it counts.
 */
export function lostOutcomes(
  { receivedAt, turns }: Pick<Call, 'receivedAt' | 'turns'>,
  ending: Exclude<Ending, { readonly kind: 'completed' }>,
  now: number,
): readonly Outcome[] {
  const told = turns.map((text) => parseOutcomes(text, 1, receivedAt, now)?.[0])
  const completed = told.flatMap((outcome) => (outcome?.kind === 'completed' ? [outcome] : []))
  const before = completed.length === told.length ? completed : []
  const startedAt = before.at(-1)?.endedAt ?? Math.min(receivedAt, now)
  return [...before, { ...ending, startedAt, endedAt: now, console: [] }]
}

/** The answer to a `load`; throws when the text is not what our child program sends. */
export function parseLoaded(text: string): LoadedVersion {
  const value = parseJson(text)
  if (!isJsonObject(value) || !isText(value.version_id)) throw new Error('a loaded version that is none')
  const { version_id, error } = value
  return isText(error) ? { version_id, error } : { version_id }
}

/** A `late` message, its texts cut; throws when the text is not what our child program sends. */
export function parseLate(text: string): { readonly action_name: string; readonly what: string } {
  const value = parseJson(text)
  if (!isJsonObject(value) || !isText(value.action_name) || !isText(value.what))
    throw new Error('a late message that is none')
  return { action_name: value.action_name.slice(0, 256), what: value.what.slice(0, 1_024) }
}

function parseOutcome(value: Json, earliest: number, latest: number): Outcome | undefined {
  if (!isJsonObject(value)) return undefined
  const ending = parseEnding(value)
  const { console, startedAt, endedAt } = value
  if (ending === undefined || !Array.isArray(console) || !console.every(isText)) return undefined
  if (typeof startedAt !== 'number' || typeof endedAt !== 'number') return undefined
  const start = Math.min(Math.max(startedAt, earliest), latest)
  return { ...ending, console, startedAt: start, endedAt: Math.min(Math.max(endedAt, start), latest) }
}

function parseEnding(value: { readonly [key: string]: Json }): Ending | undefined {
  const { kind, name, message, stack, commands } = value
  switch (kind) {
    case 'completed': {
      if (!Array.isArray(commands)) return undefined
      const parsed: Command[] = []
      for (const command of commands) {
        const known = parseCommand(command)
        if (known === undefined) return undefined
        parsed.push(known)
      }
      return { kind, commands: parsed }
    }
    case 'threw':
      if (!isText(name) || !isText(message)) return undefined
      return isText(stack) ? { kind, name, message, stack } : { kind, name, message }
    case 'not-loadable':
      return isText(message) ? { kind, message } : undefined
    default:
      return undefined
  }
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}

function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
