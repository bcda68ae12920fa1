import { isJsonObject, type Json, type JsonObject } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import { type Item, type Path, pathText } from './item.ts'
import { knownKeys, type ObjectKind } from './known-keys.ts'
import { type MemberRule, objectRules, type Shape } from './object-rules.ts'

const shapeNames: Readonly<Record<Shape, string>> = {
  text: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
  object: 'an object',
  texts: 'a list of texts',
  objects: 'a list of objects',
  'texts by name': 'an object of texts',
  'booleans by name': 'an object of true and false',
}

/**
 * Reads the object at a path of an item by the rule of its kind: members of the right shape, without those that are null,
 * and every key that the rule does not name, as it is. Each fault is an error and leaves its member out.
 *
 * `undefined` when it is no object or lacks a required member: nothing can be said of it then.
 */
export function readObject(item: Item, path: Path, kind: ObjectKind, findings: FindingList): JsonObject | undefined {
  const { noun, members } = objectRules[kind]
  const value = item.at(path)
  if (!isJsonObject(value)) {
    const what = path.length === 0 ? noun : pathText(path)
    findings.error(item.placeOf(path), `${what} must be an object; found ${nameOf(value)}`)
    return undefined
  }
  const kept: [string, Json][] = []
  for (const [key, member] of Object.entries(value)) {
    const rule = Object.hasOwn(members, key) ? members[key] : undefined
    if (rule === undefined) {
      if (!knownKeys[kind].has(key))
        findings.warn(item.placeOf([...path, key]), `${pathText([...path, key])}: unknown key of ${noun}, kept`)
      kept.push([key, member])
    } else if (member !== null) {
      const faults = faultsOf(member, rule, [...path, key])
      for (const fault of faults) findings.error(item.placeOf(fault.path), fault.message)
      if (faults.length === 0) kept.push([key, member])
    }
  }
  const present = new Set(kept.map(([key]) => key))
  const missing = Object.keys(members).filter((key) => members[key]?.required === true && !present.has(key))
  for (const key of missing) {
    if (value[key] == null)
      findings.error(item.placeOf(path), `${pathText([...path, key])} is missing; ${noun} needs one`)
  }
  return missing.length === 0 ? Object.fromEntries(kept) : undefined
}

/** Reads each object of the list at a path; no list, no objects. Places of a bad list are reported by {@link readObject}. */
export function readObjects(
  item: Item,
  path: Path,
  kind: ObjectKind,
  findings: FindingList,
): readonly { readonly path: Path; readonly value: JsonObject }[] {
  const list = item.at(path)
  if (!Array.isArray(list)) return []
  return list.flatMap((_, index) => {
    const value = readObject(item, [...path, index], kind, findings)
    return value === undefined ? [] : [{ path: [...path, index], value }]
  })
}

interface Fault {
  readonly path: Path
  readonly message: string
}

function faultsOf(value: Json, rule: MemberRule, path: Path): readonly Fault[] {
  const wrong = (at: Path, shape: Shape, found: Json): Fault => ({
    path: at,
    message: `${pathText(at)} must be ${shapeNames[shape]}; found ${nameOf(found)}`,
  })
  switch (rule.shape) {
    case 'text':
      return typeof value === 'string' ? faultsOfText(value, rule, path) : [wrong(path, rule.shape, value)]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [wrong(path, rule.shape, value)]
    case 'integer':
      return Number.isInteger(value) ? faultsOfInteger(Number(value), rule, path) : [wrong(path, rule.shape, value)]
    case 'object':
      return isJsonObject(value) ? [] : [wrong(path, rule.shape, value)]
    case 'objects':
      return Array.isArray(value) ? [] : [wrong(path, rule.shape, value)]
    case 'texts':
      if (!Array.isArray(value)) return [wrong(path, rule.shape, value)]
      return value.flatMap((element: Json, index) =>
        typeof element === 'string' ? [] : [wrong([...path, index], 'text', element)],
      )
    case 'texts by name':
      if (!isJsonObject(value)) return [wrong(path, rule.shape, value)]
      return Object.entries(value).flatMap(([key, member]) =>
        typeof member === 'string' ? [] : [wrong([...path, key], 'text', member)],
      )
    case 'booleans by name':
      if (!isJsonObject(value)) return [wrong(path, rule.shape, value)]
      return Object.entries(value).flatMap(([key, member]) =>
        typeof member === 'boolean' ? [] : [wrong([...path, key], 'boolean', member)],
      )
  }
}

function faultsOfText(value: string, rule: MemberRule, path: Path): readonly Fault[] {
  const { oneOf, pattern, maxLength } = rule
  const fault = (message: string): readonly Fault[] => [{ path, message: `${pathText(path)} ${message}` }]
  if (oneOf !== undefined && !oneOf.includes(value))
    return fault(`must be one of ${oneOf.map((choice) => `"${choice}"`).join(', ')}; found ${JSON.stringify(value)}`)
  if (rule.required === true && value === '') return fault('must not be empty')
  if (maxLength !== undefined && value.length > maxLength)
    return fault(`has ${value.length} characters; the limit is ${maxLength}`)
  if (pattern !== undefined && !pattern[0].test(value)) return fault(`must be ${pattern[1]}`)
  return []
}

function faultsOfInteger(value: number, rule: MemberRule, path: Path): readonly Fault[] {
  if (rule.range === undefined || (value >= rule.range[0] && value <= rule.range[1])) return []
  const [least, most] = rule.range
  return [{ path, message: `${pathText(path)} must be a whole number from ${least} to ${most}; found ${value}` }]
}

function nameOf(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? 'a text' : 'a number'
}
