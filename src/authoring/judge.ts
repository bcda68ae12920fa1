import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json } from '../compose-try.ts'
import type { Expectation, ExpectedDrop, ExpectedText } from './case.ts'
import { timeOf } from './case-plan.ts'
import { findExpected, textJson } from './expected-text.ts'
import type { OutboundRequest } from './outbound-stubs.ts'
import type { CaseRun } from './run-plan.ts'

/**
 * One member of an expectation that did not come. Of lists that are compared as a whole, both stand there whole, what matched spelled as it came;
 * a side that is absent is not there.
 */
export interface Mismatch {
  readonly member: string
  readonly expected?: Json
  readonly came?: Json
  /** Why that is a mismatch, where the two do not say it. */
  readonly note?: string
}

/** What of an expectation did not come of a run, member by member; nothing when the case holds. */
export function judge(expect: Expectation, run: CaseRun): readonly Mismatch[] {
  const ends = judgeEnd(expect, run)
  return [
    ...ends,
    // Of a run that ended in another way, the token's members would only repeat it.
    ...(ends.length === 0 ? judgeToken(expect, run) : []),
    ...judgeDropped(expect.dropped, run),
    ...judgeCache(expect.cache, run),
    ...judgeConsole(expect.console, run.console),
    ...judgeRequests(expect.requests, run.requests),
    ...unanswered(run.requests),
    ...(expect.action_ms !== undefined && run.action_ms > expect.action_ms
      ? [{ member: 'action_ms', expected: `at most ${expect.action_ms}`, came: run.action_ms }]
      : []),
  ]
}

function judgeEnd({ denial, failure }: Expectation, run: CaseRun): readonly Mismatch[] {
  const end = denial !== undefined ? 'denied' : failure !== undefined ? 'failed' : 'issued'
  if (run.result !== end) return [{ member: 'result', expected: end, came: run.result }]
  return [
    ...judgeText('denial.code', denial?.code, [run.denial?.code ?? '']),
    ...judgeText('denial.reason', denial?.reason, [run.denial?.reason ?? '']),
    ...judgeText('failure.kind', failure?.kind, [run.failure?.kind ?? '']),
    ...judgeText('failure.message', failure?.message, messagesOf(run.failure?.message ?? '')),
  ]
}

/** A message as it came, and without the name of the error before it. */
function messagesOf(message: string): readonly string[] {
  return [message, message.replace(/^[\w.$]+: /, '')]
}

function judgeText(member: string, expected: ExpectedText | undefined, texts: readonly string[]): readonly Mismatch[] {
  const found = expected === undefined ? 0 : findExpected(expected, texts)
  if (expected === undefined || (typeof found === 'number' && found >= 0)) return []
  const note = typeof found === 'number' ? {} : { note: found.fault }
  return [{ member, expected: textJson(expected), came: texts[0] ?? '', ...note }]
}

function judgeToken({ claims = {}, absent_claims = [], scopes }: Expectation, run: CaseRun): readonly Mismatch[] {
  return [
    ...Object.entries(claims).flatMap(([name, value]) =>
      differences(below('claims', name), value, own(run.claims, name)),
    ),
    ...absent_claims
      .filter((name) => Object.hasOwn(run.claims, name))
      .map(
        (name): Mismatch => ({
          member: below('claims', name),
          came: run.claims[name] ?? null,
          note: 'is to be absent',
        }),
      ),
    ...(scopes === undefined || isDeepStrictEqual([...new Set(scopes)].sort(), [...run.scopes].sort())
      ? []
      : [{ member: 'scopes', expected: scopes, came: run.scopes }]),
  ]
}

/** Where two values differ, as deep down as both go. */
function differences(member: string, expected: Json | undefined, came: Json | undefined): readonly Mismatch[] {
  if (isJsonObject(expected) && isJsonObject(came)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(came)])
    return [...names].flatMap((name) => differences(below(member, name), own(expected, name), own(came, name)))
  }
  if (isDeepStrictEqual(expected, came)) return []
  return [{ member, ...(expected !== undefined && { expected }), ...(came !== undefined && { came }) }]
}

function own(object: { readonly [name: string]: Json }, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function below(member: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${member}.${name}` : `${member}[${JSON.stringify(name)}]`
}

function judgeDropped(expected: readonly ExpectedDrop[] | undefined, run: CaseRun): readonly Mismatch[] {
  if (expected === undefined) return []
  const came = run.dropped.map(
    ({ kind, name, rule, action }): Record<keyof ExpectedDrop, string> => ({ kind, name, rule, action }),
  )
  const fits = (drop: ExpectedDrop, other: Record<keyof ExpectedDrop, string>) =>
    Object.entries(drop).every(([member, value]) =>
      Object.entries(other).some(([key, is]) => key === member && is === value),
    )
  const pairs = paired(expected, came, fits)
  if (pairs.size === expected.length && came.length === expected.length) return []
  const written = expected.map((drop, index): Json => {
    const pair = pairs.get(index)
    return pair === undefined ? { ...drop } : (came[pair] ?? null)
  })
  return [{ member: 'dropped', expected: written, came }]
}

/**
 * Which of some things is which of others, each of one at most, for as many as can be: by index. What fits several is not given the one that
 * another needs.
 */
function paired<A, B>(
  ones: readonly A[],
  others: readonly B[],
  fits: (one: A, other: B) => boolean,
): ReadonlyMap<number, number> {
  const holder = new Map<number, number>()
  const place = (one: number, tried: Set<number>): boolean => {
    for (const [at, other] of others.entries()) {
      const wanted = ones[one]
      if (wanted === undefined || tried.has(at) || !fits(wanted, other)) continue
      tried.add(at)
      const held = holder.get(at)
      if (held === undefined || place(held, tried)) {
        holder.set(at, one)
        return true
      }
    }
    return false
  }
  for (const one of ones.keys()) place(one, new Set())
  return new Map([...holder].map(([at, one]) => [one, at]))
}

function judgeCache(expected: Expectation['cache'] = {}, { cache }: CaseRun): readonly Mismatch[] {
  return Object.entries(expected).flatMap(([key, record]): readonly Mismatch[] => {
    const member = below('cache', key)
    const came = Object.hasOwn(cache, key) ? cache[key] : undefined
    if (record === null) return came === undefined ? [] : [{ member, came: came.value, note: 'is to be absent' }]
    if (typeof record === 'string') return differences(member, record, came?.value)
    const { value, expires_at } = record
    if (came === undefined) return [{ member, expected: { ...record } }]
    return [
      ...differences(`${member}.value`, value, came.value),
      ...(expires_at === undefined ? [] : differences(`${member}.expires_at`, timeOf(expires_at), came.expires_at)),
    ]
  })
}

/** Lines of an expectation that were not printed, or not in its order. What was printed at once is found whole, and by each line of it. */
function judgeConsole(expected: readonly ExpectedText[] = [], printed: readonly string[]): readonly Mismatch[] {
  const missing: Json[] = []
  let note = 'was not printed, or not in this order'
  let left = printed.flatMap((text) => (text.includes('\n') ? [text, ...text.split(/\r?\n/)] : [text]))
  for (const line of expected) {
    const at = findExpected(line, left)
    if (typeof at === 'number' && at >= 0) left = left.slice(at + 1)
    else missing.push(textJson(line))
    if (typeof at !== 'number') note = at.fault
  }
  return missing.length === 0 ? [] : [{ member: 'console', expected: missing, note }]
}

function judgeRequests(expected: Expectation['requests'], requests: readonly OutboundRequest[]): readonly Mismatch[] {
  if (expected === undefined) return []
  const came = requests.map(requestJson)
  const written = expected.map((request, index): Json => {
    const { method, url, body } = request
    const other = requests[index]
    const isThis =
      other !== undefined &&
      (method === undefined || method.toUpperCase() === other.method) &&
      (url === undefined || (URL.parse(url)?.href ?? url) === other.url) &&
      (body === undefined || isDeepStrictEqual(body, bodyOf(other)) || body === other.body)
    return isThis ? requestJson(other) : { ...request }
  })
  return isDeepStrictEqual(written, came) ? [] : [{ member: 'requests', expected: written, came }]
}

function requestJson(request: OutboundRequest): Json {
  const { method, url } = request
  return { method, url, ...(request.body !== undefined && { body: bodyOf(request) }) }
}

/** What a request carried: as JSON where it is, else as text. */
function bodyOf({ body = '' }: OutboundRequest): Json {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function unanswered(requests: readonly OutboundRequest[]): readonly Mismatch[] {
  const came = requests
    .filter((request) => request.unanswered !== undefined)
    .map(({ method, url }) => `${method} ${url}`)
  return came.length === 0
    ? []
    : [{ member: 'http', came, note: 'no stub answers; add one to http, or let it out by network: open' }]
}
