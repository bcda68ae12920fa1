import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '../domain/index.ts'

/** Objects whose keys are their owner's: one that is not wanted is to go. */
const freeKeyed: ReadonlySet<string> = new Set(['client_metadata', 'metadata'])

/**
 * Those members of an object that differ from what is served, as a PATCH takes them; none when nothing does. A member that is not named stays
 * as it is, as does one of an object within, so that defaults of the server are no difference; a key of metadata that is not named is taken
 * away with null.
 */
export function changedMembers(wanted: JsonObject, served: JsonObject): JsonObject {
  const changed: [string, Json][] = []
  for (const [key, value] of Object.entries(wanted)) {
    const before = served[key]
    if (freeKeyed.has(key) && isJsonObject(value)) {
      const held = isJsonObject(before) ? before : {}
      const gone = Object.keys(held).filter((name) => !Object.hasOwn(value, name))
      if (!isDeepStrictEqual(held, value))
        changed.push([key, { ...value, ...Object.fromEntries(gone.map((name) => [name, null])) }])
    } else if (!isWithin(value, before)) changed.push([key, value])
  }
  return Object.fromEntries(changed)
}

/** Whether what is wanted is served: an object may hold more, a list may not. */
function isWithin(wanted: Json, served: Json | undefined): boolean {
  // What is null is not there.
  if (wanted === null) return served == null
  if (Array.isArray(wanted))
    return (
      Array.isArray(served) &&
      served.length === wanted.length &&
      wanted.every((each: Json, index) => isWithin(each, served[index]))
    )
  if (!isJsonObject(wanted)) return wanted === served
  return isJsonObject(served) && Object.entries(wanted).every(([key, each]) => isWithin(each, served[key]))
}
