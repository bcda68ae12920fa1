import type { Json } from './json.ts'

/** The type codes this server writes. @see Auth0 Docs, "Log Event Type Codes" */
export type LogEventType =
  | 'seccft'
  | 'feccft'
  | 'actions_execution_failed'
  | 'token_quota_consumption_warning'
  | 'api_limit'
  | 'api_limit_warning'
  | 'sapi'
  | 'fapi'

/**
 * One tenant log entry in Auth0's shape. `log_id` and `_id` are given by the log store when it commits.
 *
 * @see Auth0 Docs, "Tenant log schemas"
 */
export interface LogEvent {
  readonly date: string
  readonly type: LogEventType
  readonly description: string
  readonly client_id: string | null
  readonly client_name: string | null
  readonly ip: string
  readonly client_ip: string
  readonly user_agent: string
  readonly hostname: string
  readonly user_id: string
  readonly user_name: string
  readonly connection: string
  readonly connection_id: string
  readonly audience: string
  readonly scope: string
  readonly tenant_name: string
  readonly environment_name: string
  readonly organization_id?: string
  readonly organization_name?: string
  readonly auth0_client?: Json
  /** Of the certificate that the client's connection showed, in base64url. */
  readonly mtls_thumbprint_sha256?: string
  readonly references?: { readonly correlation_id?: string; readonly trace_id?: string }
  readonly $event_schema: { readonly version: string }
  readonly details?: Readonly<Record<string, unknown>>
}

/** The record of one run of a trigger. @see Auth0 Docs, Management API "Get an execution" */
export interface ExecutionRecord {
  readonly id: string
  readonly trigger_id: string
  readonly status: 'final' | 'partial'
  readonly results: readonly {
    readonly action_name: string
    readonly error?: { readonly id: string; readonly msg: string }
    readonly started_at: string
    readonly ended_at: string
  }[]
  readonly created_at: string
  readonly updated_at: string
}

/** A log entry's id: digits that sort by time, then by order of commit. Its last sixteen digits are the order alone. */
export function logId(dateMs: number, sequence: number): string {
  const date = new Date(dateMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)
  return `900${date}${String(sequence).padStart(16, '0')}`
}

/** The order of commit that a log id carries; `undefined` when the text is not a log id. */
export function logSequence(id: string): number | undefined {
  return /^900\d{30}$/.test(id) ? Number(id.slice(17)) : undefined
}
