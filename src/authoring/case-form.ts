import { isJsonObject, type Json } from '../compose-try.ts'
import { limits } from '../domain/index.ts'
import { type DropKind, dropRules, type Failure } from '../engine/index.ts'
import { type Path, pathText } from '../tenant-folder/index.ts'
import type { CaseGiven, WrittenCase } from './case.ts'
import { eventOf, type GivenParts } from './given-event.ts'
import type { OutboundStub } from './outbound-stubs.ts'
import { findStubFault } from './stub-match.ts'

/** Something a case may not say: where in it, and the rule in one sentence that names the place. */
export interface CaseFault {
  readonly path: Path
  readonly message: string
}

/** What may stand at a place: it tells what is wrong there. */
type Form = (value: Json, path: Path, faults: CaseFault[]) => void

/** What a run is given, its event made whole. */
export type CheckedGiven = Omit<CaseGiven, 'event'> & { readonly event: GivenParts }

/** Checks a case as it stands in a file. Answers it with everything that is wrong with it; it is of the form it claims only without faults. */
export function readWrittenCase(value: Json): {
  readonly written: Omit<WrittenCase, 'event'> & CheckedGiven
  readonly faults: readonly CaseFault[]
} {
  const { parts, faults } = read(value, writtenCase)
  if (isJsonObject(value)) faults.push(...contradictions(value))
  return { written: { ...(value as WrittenCase), event: parts }, faults }
}

/** Checks what a run is given, as {@link readWrittenCase} does a case. */
export function readGiven(value: Json): { readonly given: CheckedGiven; readonly faults: readonly CaseFault[] } {
  const { parts, faults } = read(value, members(givenMembers, 'what is given'))
  return { given: { ...(value as CaseGiven), event: parts }, faults }
}

function read(value: Json, form: Form): { readonly parts: GivenParts; readonly faults: CaseFault[] } {
  const faults: CaseFault[] = []
  form(value, [], faults)
  const { faults: ofEvent, ...parts } = eventOf(isJsonObject(value) ? (value.event ?? {}) : {})
  faults.push(...ofEvent)
  return { parts, faults }
}

const must = (what: string, holds: (value: Json) => boolean): Form => {
  return (value, path, faults) => {
    if (!holds(value)) faults.push({ path, message: `${pathText(path) || 'a case'} must be ${what}` })
  }
}

const isText = (value: Json) => typeof value === 'string'
/** Of what a `Date` holds. @see ECMA-262, "Time Values and Time Range" */
const latestMs = 8.64e15
const isDate = (value: Json) =>
  typeof value === 'number' ? Math.abs(value) <= latestMs : isText(value) && isWrittenDate(String(value))
/** A day, or a moment that is the same in every time zone. `Date` reads more than that, and each place some of it otherwise. */
const isWrittenDate = (written: string) => {
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.exec(written) ?? []
  if (day === undefined || Number.isNaN(Date.parse(written))) return false
  // A day that its month does not have is read as one of the next.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}
const isDuration = (value: Json) => typeof value === 'number' && value >= 0 && value <= latestMs

const text = must('a text', isText)
const filledText = must('a text that is not empty', (value) => isText(value) && value !== '')
const anything: Form = () => undefined
const date = must('a date such as 2026-01-01T00:00:00Z, or milliseconds since the epoch', isDate)
const number = must('a number', (value) => typeof value === 'number')
const milliseconds = must('a number of milliseconds', isDuration)
const only = (...known: readonly Json[]) =>
  must(known.length === 1 ? `${known[0]}` : `one of ${known.join(', ')}`, (value) => known.includes(value))

/** An object of known members; another one is a fault that names those there are. */
function members(known: Readonly<Record<string, Form>>, name?: string): Form {
  return (value, path, faults) => {
    const place = pathText(path) || (name ?? 'a case')
    if (!isJsonObject(value)) {
      faults.push({ path, message: `${place} must be an object` })
      return
    }
    for (const [member, part] of Object.entries(value)) {
      const at = [...path, member]
      const form = Object.hasOwn(known, member) ? known[member] : undefined
      if (form !== undefined) form(part, at, faults)
      else
        faults.push({
          path: at,
          message: `${place} has no ${JSON.stringify(member)}; it holds ${Object.keys(known).join(', ')}`,
        })
    }
  }
}

function mapOf(form: Form): Form {
  return (value, path, faults) => {
    if (!isJsonObject(value)) faults.push({ path, message: `${pathText(path)} must be an object` })
    else for (const [name, part] of Object.entries(value)) form(part, [...path, name], faults)
  }
}

function listOf(form: Form): Form {
  return (value, path, faults) => {
    if (!Array.isArray(value)) faults.push({ path, message: `${pathText(path)} must be a list` })
    else for (const [index, part] of value.entries()) form(part, [...path, index], faults)
  }
}

/** The form of objects where an object stands, the other form elsewhere. */
function either(other: Form, ofObjects: Form): Form {
  return (value, path, faults) => (isJsonObject(value) ? ofObjects : other)(value, path, faults)
}

/** A member that must be there, as the others of an object. */
function needing(needed: string, form: Form): Form {
  return (value, path, faults) => {
    form(value, path, faults)
    if (isJsonObject(value) && !Object.hasOwn(value, needed))
      faults.push({ path, message: `${pathText(path)} needs ${JSON.stringify(needed)}` })
  }
}

const pattern: Form = (value, path, faults) => {
  filledText(value, path, faults)
  try {
    new RegExp(String(value), 'u')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    faults.push({ path, message: `${pathText(path)} is no regular expression: ${reason}` })
  }
}

const expectedText = either(
  must('a text, or {matches: a regular expression}', isText),
  needing('matches', members({ matches: pattern })),
)

const method = must('a method such as GET', (value) => isText(value) && /^[A-Za-z]+$/.test(String(value)))

const writtenStub = needing(
  'request',
  needing(
    'response',
    members({
      request: needing('url', members({ method, url: filledText, headers: mapOf(text), body: anything })),
      response: (value, path, faults) => {
        const fails = isJsonObject(value) && 'error' in value
        const form = fails
          ? { error: only('connection-reset', 'timeout') }
          : { status: number, headers: mapOf(text), body: anything, delay_ms: number }
        members(form)(value, path, faults)
      },
      times: number,
    }),
  ),
)

const stub: Form = (value, path, faults) => {
  const before = faults.length
  writtenStub(value, path, faults)
  if (faults.length > before) return
  // Its form was checked just now.
  const fault = findStubFault(value as unknown as OutboundStub)
  if (fault !== undefined) faults.push({ path, message: `${pathText(path)}: ${fault}` })
}

const actions: Form = (value, path, faults) => {
  if (value === 'bound') return
  const isList = Array.isArray(value) && value.length > 0 && value.every((each) => isText(each) && each !== '')
  if (!isList) faults.push({ path, message: `${pathText(path)} must be a list of Actions' names, or bound` })
}

const cacheRecord = either(
  must('a text, or {value, expires_at or ttl}', isText),
  needing('value', members({ value: text, expires_at: date, ttl: milliseconds })),
)

/** As much as a trigger's cache takes, each entry with one end. */
const cache: Form = (value, path, faults) => {
  mapOf(cacheRecord)(value, path, faults)
  if (!isJsonObject(value)) return
  const { cacheEntries, cacheKeyBytes, cacheValueBytes } = limits
  const records = Object.entries(value)
  if (records.length > cacheEntries)
    faults.push({ path, message: `${pathText(path)} has ${records.length} entries; a cache holds ${cacheEntries}` })
  for (const [key, record] of records) {
    const held = isJsonObject(record) ? record.value : record
    if (isJsonObject(record) && record.ttl !== undefined && record.expires_at !== undefined)
      faults.push({
        path: [...path, key],
        message: `${pathText([...path, key])} has ttl and expires_at; keep one of them`,
      })
    if (Buffer.byteLength(key) > cacheKeyBytes)
      faults.push({ path: [...path, key], message: `a key of ${pathText(path)} has at most ${cacheKeyBytes} bytes` })
    if (typeof held === 'string' && Buffer.byteLength(held) > cacheValueBytes)
      faults.push({
        path: [...path, key],
        message: `a value of ${pathText(path)} has at most ${cacheValueBytes} bytes`,
      })
  }
}

const givenMembers = {
  actions,
  // It is read by rules of its own.
  event: anything,
  secrets: mapOf(text),
  clock: date,
  cache,
  http: listOf(stub),
  network: only('open'),
} as const satisfies Readonly<Record<keyof CaseGiven, Form>>

const dropKinds = ['claim', 'scope', 'event', 'api', 'call', 'cache', 'denial'] as const satisfies readonly DropKind[]

/** As an exchange tells of them, and where there are no packages to run with. */
const failureKinds = [
  'threw',
  'timed-out',
  'out-of-memory',
  'exited',
  'not-loadable',
  'overloaded',
  'unavailable',
  'oversized-claims',
  'not-built',
] as const satisfies readonly (Failure | 'not-built')[]

const expectation = members({
  issued: only(true),
  denial: members({ code: text, reason: expectedText }),
  failure: members({ kind: only(...failureKinds), message: expectedText }),
  claims: mapOf(anything),
  absent_claims: listOf(text),
  scopes: listOf(text),
  dropped: listOf(
    members({ kind: only(...dropKinds), name: text, rule: only(...Object.keys(dropRules)), action: text }),
  ),
  cache: mapOf(
    either(
      must(
        'a text, {value, expires_at}, or null for one that is not there',
        (value) => isText(value) || value === null,
      ),
      needing('value', members({ value: text, expires_at: date })),
    ),
  ),
  console: listOf(expectedText),
  requests: listOf(members({ method, url: text, body: anything })),
  action_ms: milliseconds,
} satisfies Readonly<Record<keyof NonNullable<WrittenCase['expect']>, Form>>)

const writtenCase = members({ name: filledText, ...givenMembers, skip: filledText, expect: expectation })

/** What each is well by itself, and cannot be together. */
function contradictions({ http, network, expect }: Readonly<Record<string, Json>>): readonly CaseFault[] {
  const faults: CaseFault[] = []
  const refuse = (path: Path, message: string) => faults.push({ path, message })
  if (network !== undefined && http !== undefined)
    refuse(['network'], 'network: open lets every request out, so http has nothing to answer; keep one of them')
  if (!isJsonObject(expect)) return faults
  if (network !== undefined && expect.requests !== undefined)
    refuse(['expect', 'requests'], 'expect.requests cannot be known with network: open; keep one of them')
  const ends = ['issued', 'denial', 'failure'].filter((end) => expect[end] !== undefined)
  const [first, second] = ends
  if (second !== undefined)
    refuse(['expect', second], `expect.${first} and expect.${second} cannot both come; keep one of them`)
  const unlike = ends.find((end) => end !== 'issued')
  if (unlike !== undefined) {
    for (const member of ['claims', 'absent_claims', 'scopes'].filter((each) => expect[each] !== undefined))
      refuse(['expect', member], `expect.${member} is of a token, and expect.${unlike} says that none is issued`)
  }
  return faults
}
