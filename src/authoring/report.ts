import {
  type AuthoredCode,
  type GivenEvent,
  isJsonObject,
  type Json,
  type Tried,
  type TriedDrop,
  type TryEnd,
} from '../compose-try.ts'
import type { FoundAction } from './find-action.ts'

/** Where in an author's file something went wrong: line and column from 1. */
interface CodePlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The line itself and a caret under the place. */
  readonly excerpt?: string
}

/** What is said of a run, for machines: the names are the contract of `symbolon try --json`. */
export interface TryReport {
  readonly result: 'issued' | 'denied' | 'failed'
  readonly action: string
  readonly file: string
  /** The custom claims of the token without the action, and with it. Those with it only where one is issued. */
  readonly claims: { readonly before: Claims; readonly after?: Claims }
  readonly scopes: { readonly before: readonly string[]; readonly after?: readonly string[] }
  readonly denial?: { readonly error: string; readonly reason: string }
  readonly failure?: {
    readonly kind: string
    readonly message: string
    readonly place?: CodePlace
    readonly stack?: string
  }
  readonly dropped: readonly TriedDrop[]
  /** One text a line. */
  readonly console: readonly string[]
  /** Milliseconds. Absent where nothing ran. */
  readonly timings?: {
    readonly build_ms: number
    readonly boot_ms: number
    readonly action_ms: number
    readonly total_ms: number
  }
}

type Claims = NonNullable<NonNullable<GivenEvent['accessToken']>['customClaims']>

/** Says what came of a try. No value of a secret is in it: its name stands in its place. */
export function reportOf(end: TryEnd, found: FoundAction, event: GivenEvent): TryReport {
  return withoutSecrets(fullReport(end, found, event), found.action)
}

function fullReport(end: TryEnd, found: FoundAction, event: GivenEvent): TryReport {
  const { action, files } = found
  const before = event.accessToken?.customClaims ?? {}
  const scopesBefore = event.transaction?.target_scopes ?? event.accessToken?.scope ?? []
  const frame = { action: action.name, file: files[0] ?? '', claims: { before }, scopes: { before: scopesBefore } }
  const nothing = { result: 'failed', ...frame, dropped: [], console: [] } as const
  const fileOf = (of: AuthoredCode) => files[[action, ...action.modules].indexOf(of)] ?? frame.file
  switch (end.kind) {
    case 'not-parsed': {
      const { message, line, excerpt } = end.fault
      const place = {
        file: fileOf(end.of),
        ...(line !== undefined && { line }),
        ...(excerpt !== undefined && { excerpt }),
      }
      return { ...nothing, failure: { kind: 'not-loadable', message: `does not parse: ${message}`, place } }
    }
    case 'not-built': {
      const message = `the packages of ${end.of.name} cannot be built: ${end.faults.join(' ')}`
      return { ...nothing, failure: { kind: 'not-built', message } }
    }
    case 'ran': {
      const { tried, buildMs } = end
      const { result, logs, bootMs, actionMs, totalMs } = tried
      return {
        ...nothing,
        ...endOf(tried, found, frame),
        dropped: result.dropped,
        console: logs,
        timings: {
          build_ms: Math.round(buildMs),
          boot_ms: bootMs,
          action_ms: actionMs,
          total_ms: Math.round(buildMs) + totalMs,
        },
      }
    }
  }
}

function endOf(
  tried: Tried,
  found: FoundAction,
  { claims, scopes }: Pick<TryReport, 'claims' | 'scopes'>,
): Pick<TryReport, 'result'> & Partial<TryReport> {
  const { result, error, failure = 'failed' } = tried
  switch (result.kind) {
    case 'granted':
      return {
        result: 'issued',
        // What was there before stays: an action can put another value in its place, and no more.
        claims: { ...claims, after: { ...claims.before, ...result.claims } },
        scopes: { ...scopes, after: result.scopes },
      }
    case 'denied':
      return { result: 'denied', denial: { error: result.error, reason: result.reason } }
    case 'failed': {
      const { name = 'Error', message = '', stack = '' } = error ?? {}
      const said = failure === 'threw' ? `${name}: ${message}` : message
      return {
        result: 'failed',
        failure: {
          kind: failure,
          message: inOwnFiles(said, found),
          place: placeOf(stack, found) ?? { file: found.files[0] ?? '' },
          ...(stack !== '' && { stack: ownStack(stack, found) }),
        },
      }
    }
  }
}

/** Where the sandbox keeps the code, in a stack: the action's own, or a module's by its number. */
const sandboxFile = /(?:\/[^\s():]+)?\/action-0(?:-module-(\d+))?\/(?:action|module)\.js/

/** A text with the files of the sandbox under the names of the author's. */
function inOwnFiles(text: string, { files }: FoundAction): string {
  return text.replace(new RegExp(sandboxFile, 'g'), (whole, module?: string) => files[fileIndex(module)] ?? whole)
}

function fileIndex(module: string | undefined): number {
  return module === undefined ? 0 : Number(module) + 1
}

/** A stack as far as it is the author's: below that, the sandbox calls the action. */
function ownStack(stack: string, found: FoundAction): string {
  const lines = stack.split('\n')
  const end = lines.findIndex((line) => line.includes('/child.cjs:'))
  return inOwnFiles((end === -1 ? lines : lines.slice(0, end)).join('\n'), found)
}

/** The first place in the author's own files that a stack names. */
function placeOf(stack: string, { action, files }: FoundAction): CodePlace | undefined {
  const found = new RegExp(`${sandboxFile.source}:(\\d+):(\\d+)`).exec(stack)
  if (found === null) return undefined
  const at = fileIndex(found[1])
  const [line, column] = [Number(found[2]), Number(found[3])]
  const source = [action, ...action.modules][at]?.code.split('\n')[line - 1]
  return {
    file: files[at] ?? '',
    ...{ line, column },
    ...(source !== undefined && { excerpt: `${source}\n${source.slice(0, column - 1).replace(/[^\t]/g, ' ')}^` }),
  }
}

/** A text of so few characters is in everything, and nobody's secret. */
const shortestSecret = 3

function withoutSecrets(report: TryReport, action: FoundAction['action']): TryReport {
  const values = [action, ...action.modules]
    .flatMap(({ secrets }) => Object.entries(secrets))
    .filter(([, value]) => value.length >= shortestSecret)
    // The longest first: one may hold another.
    .toSorted(([, a], [, b]) => b.length - a.length)
  if (values.length === 0) return report
  const hide = (text: string) =>
    values.reduce((rest, [name, value]) => rest.replaceAll(value, () => `[secret ${name}]`), text)
  const hideAll = (texts: readonly string[]) => texts.map(hide)
  const hideIn = (claims: Claims): Claims =>
    Object.fromEntries(Object.entries(claims).map(([name, value]) => [hide(name), hideValue(value)]))
  const hideValue = (value: Json): Json => {
    if (typeof value === 'string') return hide(value)
    if (isJsonObject(value)) return hideIn(value)
    return Array.isArray(value) ? value.map(hideValue) : value
  }
  const { claims, scopes, denial, failure, dropped, console } = report
  return {
    ...report,
    claims: { before: hideIn(claims.before), ...(claims.after !== undefined && { after: hideIn(claims.after) }) },
    scopes: { before: hideAll(scopes.before), ...(scopes.after !== undefined && { after: hideAll(scopes.after) }) },
    ...(denial !== undefined && { denial: { ...denial, reason: hide(denial.reason) } }),
    ...(failure !== undefined && { failure: withoutSecretsIn(failure, hide) }),
    dropped: dropped.map((drop) => ({ ...drop, name: hide(drop.name) })),
    console: hideAll(console),
  }
}

function withoutSecretsIn(
  { kind, message, place, stack }: NonNullable<TryReport['failure']>,
  hide: (text: string) => string,
): NonNullable<TryReport['failure']> {
  return {
    kind,
    message: hide(message),
    ...(place !== undefined && {
      place: { ...place, ...(place.excerpt !== undefined && { excerpt: hide(place.excerpt) }) },
    }),
    ...(stack !== undefined && { stack: hide(stack) }),
  }
}
