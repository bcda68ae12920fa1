import type { CredentialsExchangeAPI } from '../../engine/api.ts'
import type { Command } from '../../engine/command.ts'
import type { Event } from '../../engine/event.ts'

const { stringify } = JSON
const { entries, is, keys } = Object

/** How many writes of one action are named; an author needs the first few. */
const namedWrites = 8

/** Finds out, after an action ended, what it wrote onto its event or its api: both are without effect and dropped in silence. */
export interface WriteWatch {
  /** The target scopes were replaced through the api: no write of the action's own. */
  onTargetScopes(target: string[]): void
  /** The writes, as commands that have no effect but to be told. */
  found(): readonly Command[]
}

/** Remembers how an event and an api look before an action gets them. */
export function watchWrites(event: Event, api: CredentialsExchangeAPI): WriteWatch {
  const parts: readonly (readonly [string, unknown])[] = entries(event)
  // Text, not copies: comparing the untouched case, which is nearly every one, is one comparison of two strings.
  const before = stringify(event)
  const methods = methodsOf(api)
  let target = event.transaction.target_scopes
  let targetText = ''
  const first = target
  return {
    onTargetScopes(replaced) {
      target = replaced
      targetText = stringify(replaced)
    },
    found() {
      const writes: Command[] = []
      for (const name of eventWrites(event, before, parts, first, { target, targetText })) {
        writes[writes.length] = { type: 'ignored', what: 'event-write', name }
      }
      for (const name of apiWrites(methods, api)) writes[writes.length] = { type: 'ignored', what: 'api-write', name }
      return writes
    },
  }
}

function eventWrites(
  event: Event,
  before: string,
  parts: readonly (readonly [string, unknown])[],
  first: string[],
  { target, targetText }: { readonly target: string[]; readonly targetText: string },
): readonly string[] {
  try {
    const replaced = first !== target && event.transaction?.target_scopes === target
    // Put back for the comparison alone: the action has ended. The array that took its place is compared with itself.
    if (replaced) event.transaction.target_scopes = first
    const targetWrites = replaced && stringify(target) !== targetText ? ['event.transaction.target_scopes'] : []
    if (stringify(event) === before) return targetWrites
    const untouched: unknown = JSON.parse(before)
    return [...targetWrites, ...changedPaths(untouched, event, 'event')].slice(0, namedWrites)
  } catch {
    return [parts.find(([name, part]) => !is(Reflect.get(event, name), part))?.[0] ?? 'event']
  }
}

/** Paths at which two values differ, the deepest that both have in common. */
function changedPaths(before: unknown, after: unknown, path: string): readonly string[] {
  if (!isObject(before) || !isObject(after)) return is(before, after) ? [] : [path]
  const names = [...new Set([...keys(before), ...keys(after)])]
  return names.flatMap((name) => changedPaths(Reflect.get(before, name), Reflect.get(after, name), `${path}.${name}`))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function methodsOf(api: CredentialsExchangeAPI): readonly (readonly [string, unknown])[] {
  const methods: [string, unknown][] = []
  for (const [namespace, members] of Object.entries(api)) {
    methods[methods.length] = [namespace, members]
    for (const [name, method] of Object.entries(members)) methods[methods.length] = [`${namespace}.${name}`, method]
  }
  return methods
}

function apiWrites(before: readonly (readonly [string, unknown])[], api: CredentialsExchangeAPI): readonly string[] {
  try {
    const after = methodsOf(api)
    const known = new Map(before)
    const changed = after.filter(([name, member]) => !known.has(name) || !is(known.get(name), member))
    const gone = before.filter(([name]) => !after.some(([other]) => other === name))
    return [...changed, ...gone].slice(0, namedWrites).map(([name]) => `api.${name}`)
  } catch {
    return ['api']
  }
}
