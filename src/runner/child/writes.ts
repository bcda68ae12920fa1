import type { CredentialsExchangeAPI } from '../../engine/api.ts'
import type { Command } from '../../engine/command.ts'
import type { Event } from '../../engine/event.ts'

// Taken before any action runs: actions may replace what they find on Object and Reflect.
const { is, keys } = Object
const { get } = Reflect

/** How many writes of one action are named; an author needs the first few. */
const namedWrites = 8

/** Finds out, after an action ended, what it wrote onto its event or its api: both are without effect and dropped in silence. */
export interface WriteWatch {
  /** The target scopes were replaced through the api: no write of the action's own. */
  onTargetScopes(target: readonly string[]): void
  /** The writes, as commands that have no effect but to be told. */
  found(): readonly Command[]
}

/**
 * Remembers how an event and an api look before an action gets them. `pristine` makes the same event again: asked for only when something
 * was written, to name it.
 */
export function watchWrites(event: Event, api: CredentialsExchangeAPI, pristine: () => Event): WriteWatch {
  const { transaction } = event
  const eventBefore: unknown[] = []
  const apiBefore: unknown[] = []
  trace(event, eventBefore)
  trace(api, apiBefore)
  const first = transaction.target_scopes
  // Its elements as well as the array: an action may have pushed onto it.
  let target: readonly string[] = first
  let scopes: readonly string[] = [...first]
  return {
    onTargetScopes(replaced) {
      target = replaced
      scopes = [...replaced]
    },
    found() {
      const writes: Command[] = []
      try {
        const isReplaced = target !== first && transaction.target_scopes === target
        // Put back for the comparison alone: the action has ended. The array that took its place is compared with itself.
        if (isReplaced) transaction.target_scopes = first
        const paths = isReplaced && !sameElements(target, scopes) ? ['event.transaction.target_scopes'] : []
        if (!matches(event, eventBefore)) paths.push(...changedPaths(pristine(), event, 'event'))
        for (const name of paths.slice(0, namedWrites)) {
          writes[writes.length] = { type: 'ignored', what: 'event-write', name }
        }
      } catch {
        writes[writes.length] = { type: 'ignored', what: 'event-write', name: 'event' }
      }
      try {
        if (!matches(api, apiBefore)) {
          for (const path of apiWrites(api, apiBefore).slice(0, namedWrites)) {
            writes[writes.length] = { type: 'ignored', what: 'api-write', name: path }
          }
        }
      } catch {
        writes[writes.length] = { type: 'ignored', what: 'api-write', name: 'api' }
      }
      return writes
    },
  }
}

/** Writes down an object's whole content: each object, its keys, its values. Nothing is copied and no text is made. */
function trace(value: unknown, into: unknown[]): void {
  into[into.length] = value
  if (typeof value !== 'object' || value === null) return
  const names = keys(value)
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (name === undefined) continue
    into[into.length] = name
    trace(get(value, name), into)
  }
}

function matches(value: unknown, before: readonly unknown[]): boolean {
  const end = follow(value, before, 0)
  return end === before.length
}

/** Compares an object with its trace from a position on; answers the position behind it, or -1 at the first difference. */
function follow(value: unknown, before: readonly unknown[], start: number): number {
  if (!is(before[start], value)) return -1
  let position = start + 1
  if (typeof value !== 'object' || value === null) return position
  const names = keys(value)
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (name === undefined || before[position] !== name) return -1
    position = follow(get(value, name), before, position + 1)
    if (position === -1) return -1
  }
  return position
}

function sameElements(first: readonly string[], second: readonly string[]): boolean {
  if (first.length !== second.length) return false
  for (let index = 0; index < first.length; index++) if (first[index] !== second[index]) return false
  return true
}

/** Paths at which two values differ, the deepest that both have in common. */
function changedPaths(before: unknown, after: unknown, path: string): readonly string[] {
  if (!isObject(before) || !isObject(after)) return is(before, after) ? [] : [path]
  const names = [...new Set([...keys(before), ...keys(after)])]
  return names.flatMap((name) => changedPaths(get(before, name), get(after, name), `${path}.${name}`))
}

/** Members of the api that were put in place of ours, or added. */
function apiWrites(api: CredentialsExchangeAPI, before: readonly unknown[]): readonly string[] {
  const ours = new Set(before)
  const found: string[] = []
  for (const namespace of keys(api)) {
    const members: unknown = get(api, namespace)
    if (!ours.has(members)) found[found.length] = `api.${namespace}`
    else if (isObject(members)) {
      for (const name of keys(members)) {
        if (!ours.has(get(members, name))) found[found.length] = `api.${namespace}.${name}`
      }
    }
  }
  return found.length > 0 ? found : ['api']
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
