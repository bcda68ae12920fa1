import type { Json } from './json.ts'
import type { LogCondition } from './log-condition.ts'
import type { LogEventType } from './log-event.ts'

/** Where a log stream goes. The first two are delivered; the others are stored, and delivered to nobody. */
export type LogStreamType =
  | 'http'
  | 'file'
  | 'eventbridge'
  | 'eventgrid'
  | 'datadog'
  | 'splunk'
  | 'sumo'
  | 'segment'
  | 'mixpanel'

/** `suspended` is what the server sets when it gave up. */
export type LogStreamStatus = 'active' | 'paused' | 'suspended'

/**
 * A log stream: which log entries go where. What its `sink` says is sealed in the store, for it may hold a secret of the receiver.
 *
 * @see Auth0 Docs, Management API "Create a log stream"
 */
export interface LogStream {
  readonly id: string
  readonly name?: string
  readonly type: LogStreamType
  readonly status: LogStreamStatus
  readonly sealed_sink: string
  /** Absent or empty is every entry. */
  readonly filters?: readonly { readonly type?: string; readonly name?: string }[]
  readonly pii_config?: {
    readonly log_fields: readonly string[]
    readonly method?: string
    readonly algorithm?: string
  }
  readonly isPriority?: boolean
  readonly startFrom?: string
}

/** What a stream of type `http` is sent to, and how. */
export interface HttpLogSink {
  readonly httpEndpoint: string
  /** Sent as the header `Authorization`, as it is. */
  readonly httpAuthorization?: string
  readonly httpContentFormat?: 'JSONARRAY' | 'JSONLINES' | 'JSONOBJECT'
  readonly httpContentType?: string
  readonly httpCustomHeaders?: readonly { readonly header?: string; readonly value?: string }[]
}

/** What a stream of type `file` is written to, below the folder that the settings name. */
export interface FileLogSink {
  readonly path: string
}

/** The name that a stream's place in the log is noted under. */
export function logStreamReader(id: string): string {
  return `log stream ${id}`
}

/** What the sink of a stream is sealed for. */
export function logStreamSinkContext(id: string): string {
  return `log stream ${id}: sink`
}

/** Why a file sink's path cannot be written to; `undefined` when it can. `isAllowed` is whether the settings name a folder for such streams. */
export function logFileFault(path: string, isAllowed: boolean): string | undefined {
  if (!isAllowed) return 'Log streams of type file need the setting LOG_STREAM_DIR, the folder they are written below'
  const parts = path.split('/')
  const isBelow = parts.every((part) => /^[\w.@ -]+$/.test(part) && part !== '.' && part !== '..')
  if (isBelow) return undefined
  return 'The path of a log stream of type file is relative to LOG_STREAM_DIR: names of letters, digits, and . _ - @, joined by /'
}

/** Whether this server delivers streams of a type. */
export function isDelivered(type: LogStreamType): boolean {
  return type === 'http' || type === 'file'
}

/** The types of entries in each category, as far as this server writes them. @see Auth0 Docs, "Log Stream Filters" */
const categories: Readonly<Record<LogEventType, string>> = {
  seccft: 'auth.token_exchange.success',
  feccft: 'auth.token_exchange.fail',
  sapi: 'management.success',
  fapi: 'management.fail',
  actions_execution_failed: 'actions',
  api_limit: 'system.notification',
  // Those that the page does not list.
  api_limit_warning: 'other',
  token_quota_consumption_warning: 'other',
}

/** Which entries a stream's filters let through; `undefined` is every entry. */
export function filterCondition({ filters }: Pick<LogStream, 'filters'>): LogCondition | undefined {
  if (filters === undefined || filters.length === 0) return undefined
  const names = new Set(filters.map(({ name }) => name))
  const types = Object.entries(categories).flatMap(([type, category]) => (names.has(category) ? [type] : []))
  return { kind: 'any', of: types.map((type) => ({ kind: 'text', fields: [['type']], parts: [type] })) }
}

/** The names of values that stand for each kind of personal data. @see Auth0 Docs, "Log Streams": "PII obfuscation" */
const personalFields: Readonly<Record<string, readonly string[]>> = {
  first_name: ['first_name', 'given_name', 'name'],
  last_name: ['last_name', 'family_name', 'name'],
  username: ['username', 'user_name'],
  email: ['email'],
  phone: ['phone', 'phone_number', 'old_phone_number', 'new_phone_number'],
  address: ['address'],
}

/**
 * A function that replaces by asterisks, at any depth, the values of those names that a stream is to keep back. A stream that asks for hashes gets
 * asterisks too, which tell less; docs/compatibility.md says so.
 */
export function personalDataMask({ pii_config }: Pick<LogStream, 'pii_config'>): (entry: object) => object {
  const names = new Set((pii_config?.log_fields ?? []).flatMap((field) => personalFields[field] ?? []))
  if (names.size === 0) return (entry) => entry
  const masked = (value: Json | undefined, name: string | undefined): unknown => {
    if (Array.isArray(value)) return value.map((item) => masked(item, name))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, key)]))
    return name !== undefined && names.has(name) && typeof value === 'string' && value !== '' ? '*****' : value
  }
  return (entry) => Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, masked(value, key)]))
}
