import {
  credentialsExchange,
  type ExecutionRecord,
  guesses,
  type LogEvent,
  limits,
  type RandomBytes,
  type Tenant,
} from '../domain/index.ts'
import type { ActionRun, Decision, Drop, Execution } from '../engine/index.ts'
import type { LogBatch } from '../storage/index.ts'
import type { ExchangeReport } from './exchange-report.ts'
import { readable } from './log-text.ts'
import { type RecordedEvent, recordedEvent } from './recorded-event.ts'
import { addressOf } from './request-origin.ts'

/** What the entries of every exchange have in common. */
interface LogSource {
  readonly tenant: Tenant
  readonly hostname: string
  readonly environment_name: string
  /** Of the endpoint. */
  readonly path: string
  /** Whether entries keep the event that actions saw. */
  readonly records_events: boolean
}

const none: readonly LogEvent[] = []
/** Of an execution id: its random part, and with the eight digits of its day. */
const randomIdBytes = 16
const executionIdBytes = randomIdBytes + 8
/** Drops listed in one entry; how many more there were is told as a number. */
const keptDrops = 100

/**
 * What one token request leaves in the tenant's log: `seccft` or `feccft`, `actions_execution_failed` before it when an action failed, and
 * the execution's record. Carries no client secret, no assertion and, unless events are to be kept, no request body.
 *
 * @see Auth0 Docs, "Log Event Type Codes"; "Tenant log schemas"; Management API "Get an execution"
 */
export function tokenLogBatch(report: ExchangeReport, source: LogSource): LogBatch {
  const execution = report.decision?.execution
  const notices = noticeEvents(report, source)
  // Auth0 tells of a request over the rate limit by that notice alone.
  if (report.refusal?.reason === 'rate-limited') return { events: notices, executions: [] }
  const recorded = source.records_events ? recordedEventOf(report) : undefined
  const end =
    report.refusal === undefined ? grantedEvent(report, source, recorded) : refusedEvent(report, source, recorded)
  const failure = failureEvent(report, source, recorded)
  const events = failure === undefined ? [end] : [failure, end]
  return {
    events: notices.length === 0 ? events : [...notices, ...events],
    executions:
      execution === undefined || report.execution_id === undefined
        ? []
        : [executionRecord(report.execution_id, execution, report.decision)],
  }
}

/** A fresh execution id: random bytes and the day it began on (UTC), in base64url. */
export function newExecutionId(atMs: number, random: RandomBytes): string {
  const day = isoTime(atMs).slice(0, 10).replaceAll('-', '')
  const id = Buffer.allocUnsafe(executionIdBytes)
  id.set(random(randomIdBytes))
  id.write(day, randomIdBytes, 'latin1')
  return id.toString('base64url')
}

/** The event of an exchange that came as far as its actions. */
function recordedEventOf({ exchange, decision }: ExchangeReport): RecordedEvent | undefined {
  return exchange === undefined || decision === undefined ? undefined : recordedEvent(exchange)
}

function grantedEvent(report: ExchangeReport, source: LogSource, recorded: RecordedEvent | undefined): LogEvent {
  const { decision } = report
  const certificate = report.origin.certificate?.certificate
  return {
    ...commonFields(report, source),
    type: 'seccft',
    description: 'Client Credentials for Access Token',
    scope: decision?.kind === 'granted' ? decision.scopes.join(' ') : '',
    ...(certificate !== undefined && { mtls_thumbprint_sha256: certificate.thumbprint_sha256 }),
    details: {
      ...(report.access_token_jti !== undefined && { access_token_jti: report.access_token_jti }),
      ...details(report, recorded),
    },
  }
}

function refusedEvent(report: ExchangeReport, source: LogSource, recorded: RecordedEvent | undefined): LogEvent {
  const { refusal } = report
  return {
    ...commonFields(report, source),
    type: 'feccft',
    description: readable(descriptionOf(refusal)),
    details: {
      ...(refusal?.status === 401 && refusal.detail !== undefined && { client_authentication_error: refusal.detail }),
      ...details(report, recorded),
    },
  }
}

function descriptionOf(refusal: ExchangeReport['refusal']): string {
  if (refusal === undefined) return ''
  switch (refusal.reason) {
    // The client reads no more than a request id then; the log says why.
    case 'not-issued':
      return refusal.detail ?? refusal.message
    // As in Auth0's log; its reason stands under `client_authentication_error`.
    case 'assertion-rejected':
      return 'Failed client authentication'
    default:
      return refusal.message
  }
}

/** `undefined` unless an action, or what runs it, failed. */
function failureEvent(
  report: ExchangeReport,
  source: LogSource,
  recorded: RecordedEvent | undefined,
): LogEvent | undefined {
  const { decision } = report
  if (decision?.kind !== 'failed' || decision.by === undefined) return undefined
  const { action_id, action_name, version_id, binding_id } = decision.by
  const outcome = decision.execution?.runs.at(-1)?.outcome
  return {
    ...commonFields(report, source),
    type: 'actions_execution_failed',
    description: readable(`${action_name}: ${decision.detail}`),
    details: {
      trigger_id: credentialsExchange,
      execution_id: report.execution_id ?? '',
      action_id,
      action_name,
      version_id,
      binding_id,
      error_class: guesses.errorClassOf[decision.failure],
      action_error: {
        name: readable(outcome?.kind === 'threw' ? outcome.name : decision.failure),
        message: readable(outcome?.kind === 'threw' ? outcome.message : decision.detail),
        ...((outcome?.kind === 'threw' || outcome?.kind === 'not-loadable') &&
          outcome.stack !== undefined && { stack: readable(outcome.stack) }),
      },
      symbolon: { request_id: report.origin.request_id, ...recorded },
    },
  }
}

/** What the log is to know of the limits that the request met: the tenant's, and the quotas of which it used up a share worth a warning. */
function noticeEvents(report: ExchangeReport, source: LogSource): readonly LogEvent[] {
  const { rate_limit_notice: notice, quota_warnings: warnings, origin } = report
  if (notice === undefined && (warnings === undefined || warnings.length === 0)) return none
  const symbolon = { request_id: origin.request_id }
  const ofQuotas = (warnings ?? []).map(
    (warning): LogEvent => ({
      ...commonFields(report, source),
      type: 'token_quota_consumption_warning',
      description: `${warning.quota_consumption_percentage}% of ${warning.entity_type} ${warning.bucket} quota consumed`,
      details: { ...warning, symbolon },
    }),
  )
  if (notice === undefined) return ofQuotas
  const { type, size, usage } = notice
  const refusal = type === 'api_limit' ? report.refusal : undefined
  const ofTheTenant: LogEvent = {
    ...commonFields(report, source),
    type,
    description: refusal?.message ?? `${Math.floor((usage * 100) / size)}% of the rate limit used`,
    details: {
      limit: { bucket: guesses.rateLimitBucket, global: true, size, usage },
      request: { method: origin.method, path: source.path },
      ...(refusal !== undefined && {
        response: JSON.stringify({ error: refusal.error, error_description: refusal.message }),
      }),
      symbolon,
    },
  }
  return [ofTheTenant, ...ofQuotas]
}

function commonFields(report: ExchangeReport, source: LogSource): Omit<LogEvent, 'type' | 'description'> {
  const { origin, client, exchange } = report
  const ip = client !== undefined && report.authenticated ? addressOf(origin, client) : origin.ip
  return {
    date: isoTime(report.ended_at),
    connection: '',
    connection_id: '',
    // A client id that is nobody's may be a secret sent in the wrong field.
    client_id: client?.client_id ?? null,
    client_name: client?.name ?? null,
    ip,
    client_ip: ip,
    user_agent: readable(origin.user_agent ?? ''),
    hostname: source.hostname,
    user_id: '',
    user_name: '',
    audience: readable(exchange?.resource_server.identifier ?? report.audience ?? ''),
    scope: readable(exchange?.requested_scopes.join(' ') ?? ''),
    tenant_name: source.tenant.id,
    environment_name: source.environment_name,
    ...(exchange?.organization !== undefined && {
      organization_id: exchange.organization.id,
      organization_name: readable(exchange.organization.name),
    }),
    ...(origin.auth0_client !== undefined && { auth0_client: origin.auth0_client }),
    ...(exchange?.correlation_id !== undefined && { references: { correlation_id: exchange.correlation_id } }),
    $event_schema: { version: '1.0.0' },
  }
}

/** Auth0's part of `details`, and under `symbolon` what Auth0 has no field for. */
function details(report: ExchangeReport, recorded: RecordedEvent | undefined): Readonly<Record<string, unknown>> {
  const { decision, refusal, execution_id } = report
  const ignored = report.origin.certificate?.ignored
  const dropped = decision?.dropped ?? []
  const console = consoleOf(decision?.execution?.runs ?? [])
  return {
    actions: { executions: execution_id === undefined ? [] : [execution_id] },
    symbolon: {
      request_id: report.origin.request_id,
      ...(ignored !== undefined && { certificate_ignored: readable(ignored) }),
      ...(refusal !== undefined && { reason: refusal.reason }),
      ...(refusal?.detail !== undefined && { detail: readable(refusal.detail) }),
      ...(dropped.length > 0 && { dropped: dropped.slice(0, keptDrops).map(readableDrop) }),
      ...(dropped.length > keptDrops && { dropped_beyond: dropped.length - keptDrops }),
      ...(console.length > 0 && { console }),
      ...recorded,
    },
  }
}

function consoleOf(runs: readonly ActionRun[]): readonly { readonly action: string; readonly text: string }[] {
  return runs
    .filter((run) => run.outcome.console.length > 0)
    .map((run) => ({
      action: run.version.action_name,
      text: readable(run.outcome.console.join('\n'), limits.consoleKeptCharacters),
    }))
}

/** `final` when every action that began came to its end, `partial` when one failed. */
function executionRecord(id: string, execution: Execution, decision: Decision | undefined): ExecutionRecord {
  const failed = decision?.kind === 'failed' ? decision : undefined
  return {
    id,
    trigger_id: credentialsExchange,
    status: failed === undefined ? 'final' : 'partial',
    results: execution.runs.map((run) => ({
      action_name: run.version.action_name,
      ...(failed !== undefined &&
        failed.by?.binding_id === run.version.binding_id && {
          error: { id: failed.failure, msg: readable(failed.detail) },
        }),
      started_at: isoTime(run.outcome.startedAt),
      ended_at: isoTime(run.outcome.endedAt),
    })),
    created_at: isoTime(execution.startedAt),
    updated_at: isoTime(execution.endedAt),
  }
}

let lastSecond = Number.NaN
let lastText = ''

/** RFC 3339 in UTC, to the millisecond. The times of one exchange, and of its neighbours, are mostly of the same second. */
function isoTime(ms: number): string {
  const whole = Math.trunc(ms)
  const second = Math.floor(whole / 1_000)
  if (second !== lastSecond) {
    // Up to the point before the milliseconds. Before the second is kept: a time that has no text throws, and is not taken for known after it.
    lastText = new Date(second * 1_000).toISOString().slice(0, -4)
    lastSecond = second
  }
  return `${lastText}${String(whole - second * 1_000).padStart(3, '0')}Z`
}

function readableDrop(drop: Drop): Drop {
  return { ...drop, name: readable(drop.name) }
}
