import type { AuthoredCode, GivenEvent, Tried, TriedDrop, TryEnd } from '../compose-try.ts'
import type { FoundAction } from './find-action.ts'
import { type SecretHider, secretHider } from './hide-secrets.ts'
import { type CodeFiles, type CodePlace, inOwnFiles, ownStack, placeOf } from './places.ts'

/** What is said of a run, for machines: the names are the contract of `symbolon try --json`. */
export interface TryReport {
  readonly result: 'issued' | 'denied' | 'failed'
  /** Its name; of several, all of them in order. */
  readonly action: string
  /** That of the first. */
  readonly file: string
  /** Each action that was begun, in order. */
  readonly runs: readonly { readonly action: string; readonly kind: string; readonly ms: number }[]
  /** The custom claims of the token without the actions, and with them. Those with them only where one is issued. */
  readonly claims: { readonly before: Claims; readonly after?: Claims }
  readonly scopes: { readonly before: readonly string[]; readonly after?: readonly string[] }
  /** `by`: the name of the action that denied. */
  readonly denial?: { readonly error: string; readonly reason: string; readonly by: string }
  readonly failure?: {
    readonly kind: string
    readonly message: string
    /** The name of the action that failed, where one did. */
    readonly by?: string
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

/** Says what came of a try of actions, in their order. No value of a secret is in it: its name stands in its place. */
export function reportOf(end: TryEnd, found: readonly FoundAction[], event: GivenEvent): TryReport {
  return withoutSecrets(fullReport(end, found, event), secretHider(found))
}

/** Says what came of a try as {@link reportOf} does, with the values of secrets where they came. */
export function fullReport(end: TryEnd, found: readonly FoundAction[], event: GivenEvent): TryReport {
  const before = event.accessToken?.customClaims ?? {}
  const scopesBefore = event.transaction?.target_scopes ?? event.accessToken?.scope ?? []
  const names = found.map(({ action }) => action.name)
  const frame = { claims: { before }, scopes: { before: scopesBefore } }
  const nothing: TryReport = {
    ...{ result: 'failed', action: names.join(', '), file: found[0]?.files[0] ?? '', runs: [] },
    ...{ ...frame, dropped: [], console: [] },
  }
  switch (end.kind) {
    case 'not-parsed': {
      const { message, line, excerpt } = end.fault
      const place = {
        file: fileOf(end.of, found) ?? nothing.file,
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
      const { result, runs, logs, bootMs, actionMs, totalMs } = tried
      const files = found.map(codeFilesOf)
      return {
        ...nothing,
        ...endOf(tried, found, files, frame),
        runs: runs.map(({ action_name, kind, ms }) => ({ action: action_name, kind, ms })),
        dropped: result.dropped,
        console: logs.map((text) => ownStack(text, files)),
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
  found: readonly FoundAction[],
  files: CodeFiles,
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
      return { result: 'denied', denial: { error: result.error, reason: result.reason, by: result.by } }
    case 'failed': {
      const { name = 'Error', message = '', stack = '' } = error ?? {}
      const said = failure === 'threw' ? `${name}: ${message}` : message
      const failed = found.find(({ action }) => action.name === result.by) ?? found[0]
      return {
        result: 'failed',
        failure: {
          kind: failure,
          message: inOwnFiles(said, files),
          ...(result.by !== undefined && { by: result.by }),
          place: placeOf(stack, files) ?? { file: failed?.files[0] ?? '' },
          ...(stack !== '' && { stack: ownStack(stack, files) }),
        },
      }
    }
  }
}

/** The files of an action, as its author knows them. */
function codeFilesOf({ action, files }: FoundAction): CodeFiles[number] {
  return [action, ...action.modules].map((code, index) => ({ ...code, file: files[index] ?? '' }))
}

function fileOf(of: AuthoredCode, found: readonly FoundAction[]): string | undefined {
  for (const { action, files } of found) {
    const index = [action, ...action.modules].indexOf(of)
    if (index >= 0) return files[index]
  }
  return undefined
}

/** A report without the value of any secret: its name stands in its place. */
export function withoutSecrets(report: TryReport, { text: hide, json }: SecretHider): TryReport {
  const hideAll = (texts: readonly string[]) => texts.map(hide)
  const hideIn = (claims: Claims): Claims =>
    Object.fromEntries(Object.entries(claims).map(([name, value]) => [hide(name), json(value)]))
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
  { message, place, stack, ...rest }: NonNullable<TryReport['failure']>,
  hide: (text: string) => string,
): NonNullable<TryReport['failure']> {
  return {
    ...rest,
    message: hide(message),
    ...(place !== undefined && {
      place: { ...place, ...(place.excerpt !== undefined && { excerpt: hide(place.excerpt) }) },
    }),
    ...(stack !== undefined && { stack: hide(stack) }),
  }
}
