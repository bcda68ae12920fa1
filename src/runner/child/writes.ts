import type { CredentialsExchangeAPI } from '../../engine/api.ts'
import type { Command } from '../../engine/command.ts'
import type { Event } from '../../engine/event.ts'
import { type EventSources, isSame, isUnwritten, makeEvent } from './event-sources.ts'

// Taken before any action runs: actions may replace what they find on Object and Reflect.
const { is, keys } = Object
const { get } = Reflect
const { isArray } = Array

/** How many writes of one action are named; an author needs the first few. */
const namedWrites = 8

/** Finds out, after an action ended, what it wrote onto its event or its api: both are without effect and dropped in silence. */
export interface WriteWatch {
  /** The writes, as commands that have no effect but to be told. */
  found(): readonly Command[]
}

/** The members of an api, in the order in which they are remembered. */
const layout = [
  ['access', ['deny']],
  ['accessToken', ['setCustomClaim']],
  ['cache', ['get', 'set', 'delete']],
  ['transaction', ['addTargetScope', 'removeTargetScope', 'setTargetScopes', 'clearTargetScopes']],
] as const

/** Remembers an api's members before an action gets it. `shown` tells the target scopes that the action was shown last. */
export function watchWrites(
  event: Event,
  api: CredentialsExchangeAPI,
  sources: EventSources,
  shown: () => readonly string[],
): WriteWatch {
  const before = membersOf(api)
  return {
    found() {
      const writes: Command[] = []
      try {
        if (!isUnwritten(event, sources, shown())) {
          const expected = makeEvent(sources)
          expected.transaction.target_scopes = [...shown()]
          for (const name of changedPaths(expected, event, 'event').slice(0, namedWrites)) {
            writes[writes.length] = { type: 'ignored', what: 'event-write', name }
          }
        }
      } catch {
        writes[writes.length] = { type: 'ignored', what: 'event-write', name: 'event' }
      }
      try {
        if (!hasMembers(api, before)) {
          for (const path of apiWrites(api, before).slice(0, namedWrites)) {
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

/** Every namespace and its methods, as {@link layout} lists them. */
function membersOf(api: CredentialsExchangeAPI): readonly unknown[] {
  const members: unknown[] = []
  for (let index = 0; index < layout.length; index++) {
    const entry = layout[index]
    if (entry === undefined) break
    const namespace: object = api[entry[0]]
    members[members.length] = namespace
    for (let method = 0; method < entry[1].length; method++) {
      members[members.length] = get(namespace, entry[1][method] ?? '')
    }
  }
  return members
}

function hasMembers(api: CredentialsExchangeAPI, before: readonly unknown[]): boolean {
  if (keys(api).length !== layout.length) return false
  let position = 0
  for (let index = 0; index < layout.length; index++) {
    const entry = layout[index]
    if (entry === undefined) break
    const namespace: unknown = get(api, entry[0])
    if (namespace !== before[position] || !isObject(namespace)) return false
    position += 1
    if (keys(namespace).length !== entry[1].length) return false
    for (let method = 0; method < entry[1].length; method++, position++) {
      if (get(namespace, entry[1][method] ?? '') !== before[position]) return false
    }
  }
  return true
}

/** Paths at which two values differ, the deepest that both have in common; of a list only that it differs. */
function changedPaths(before: unknown, after: unknown, path: string): readonly string[] {
  if (!isObject(before) || !isObject(after)) return is(before, after) ? [] : [path]
  if (isArray(before)) return isSame(after, before) ? [] : [path]
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
