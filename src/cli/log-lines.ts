import { printable } from './printable.ts'

/** An entry of the tenant's log, as `GET /api/v2/logs` answers it: what a line of it needs. */
export interface LogEntry {
  readonly log_id: string
  readonly date: string
  readonly type: string
  readonly description?: string | null
  readonly client_id?: string | null
  readonly client_name?: string | null
  readonly audience?: string | null
  readonly scope?: string | null
  readonly organization_name?: string | null
  readonly user_agent?: string | null
  readonly details?: Readonly<Record<string, unknown>>
}

/** Auth0's type codes in words. @see Auth0 Docs, "Log Event Type Codes" */
const words: Readonly<Record<string, string>> = {
  seccft: 'token',
  feccft: 'no token',
  actions_execution_failed: 'action failed',
  token_quota_consumption_warning: 'quota warning',
  api_limit: 'rate limited',
  api_limit_warning: 'rate warning',
  sapi: 'management',
  fapi: 'refused call',
}

/** The types that an entry of an exchange may have whose event is kept. */
export const exchangeTypes: ReadonlySet<string> = new Set(['seccft', 'feccft', 'actions_execution_failed'])

const widest = Math.max(...Object.values(words).map(({ length }) => length))

/** Whether a value of the API's is an entry. */
export function isLogEntry(value: unknown): value is LogEntry {
  if (typeof value !== 'object' || value === null) return false
  return ['log_id', 'date', 'type'].every((name) => typeof Reflect.get(value, name) === 'string')
}

/**
 * One entry as its reader reads it: when, what, who, for which audience and, unless it is a token, why; below it how to run its event again, what
 * actions printed and what of theirs was dropped, each with its rule in words of `ruleOf`.
 */
export function logLines(entry: LogEntry, ruleOf: (rule: string) => string | undefined): readonly string[] {
  const { log_id, date, type, description, client_id, client_name, audience, organization_name, scope } = entry
  const what = (words[type] ?? type).padEnd(widest)
  const who = client_name || client_id || 'unknown client'
  const target = audience ? ` → ${audience}` : ''
  const organization = organization_name ? ` (${organization_name})` : ''
  const told = type === 'seccft' ? shortScope(scope ?? '') : description
  const symbolon = membersOf(entry.details?.symbolon)
  return [
    `${date}  ${what}  ${who}${target}${organization}${told ? `  ${told}` : ''}`,
    ...(symbolon.event === undefined ? [] : [`  its event: symbolon try FILE --from-log ${log_id}`]),
    ...detailLines(symbolon, entry),
    ...listOf(symbolon.console).flatMap(({ action, text }) =>
      String(text)
        .split('\n')
        .map((line) => `  ${action} │ ${line}`),
    ),
    ...listOf(symbolon.dropped).map(({ kind, action, name, rule }) => {
      const sentence = ruleOf(String(rule))
      const because = sentence === undefined ? String(rule) : `${sentence} (${rule})`
      return `  dropped ${kind} ${JSON.stringify(name)} of ${action}: ${because}`
    }),
    ...(typeof symbolon.dropped_beyond === 'number' ? [`  dropped ${symbolon.dropped_beyond} more`] : []),
  ].map(printable)
}

/** Scopes that a line tells by name. */
const toldScopes = 8

function shortScope(scope: string): string {
  const scopes = scope.split(' ')
  const rest = scopes.length - toldScopes
  return rest > 1 ? `${scopes.slice(0, toldScopes).join(' ')} and ${rest} more scopes` : scope
}

/** Whether an entry tells of anything dropped. */
export function hasDrops({ details }: LogEntry): boolean {
  return listOf(membersOf(details?.symbolon).dropped).length > 0
}

function detailLines(
  { reason, detail, certificate_ignored }: Readonly<Record<string, unknown>>,
  { description, details }: LogEntry,
): readonly string[] {
  const because = details?.client_authentication_error ?? detail
  const told = typeof because === 'string' && because !== description ? because : undefined
  return [
    ...(told !== undefined ? [`  ${typeof reason === 'string' ? `${reason}: ` : ''}${told}`] : []),
    ...(typeof certificate_ignored === 'string' ? [`  certificate ignored: ${certificate_ignored}`] : []),
  ]
}

/** The members of an object; none of what is no object. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(membersOf) : []
}
