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
import { addressOf } from './request-origin.ts'

/** What the entries of every exchange have in common. */
interface LogSource {
  readonly tenant: Tenant
  readonly hostname: string
  readonly environment_name: string
}

/** Characters kept of a text that a client or an action chose. */
const keptCharacters = 1_024
/** Drops listed in one entry; how many more there were is told as a number. */
const keptDrops = 100

/**
 * What one token request leaves in the tenant's log: `seccft` or `feccft`, `actions_execution_failed` before it when an action failed, and
 * the execution's record. Carries no client secret, no assertion and no request body.
 *
 * @see Auth0 Docs, "Log Event Type Codes"; "Tenant log schemas"; Management API "Get an execution"
 */
export function tokenLogBatch(report: ExchangeReport, source: LogSource): LogBatch {
  const execution = report.decision?.execution
  const end = report.refusal === undefined ? grantedEvent(report, source) : refusedEvent(report, source)
  const failure = failureEvent(report, source)
  return {
    events: failure === undefined ? [end] : [failure, end],
    executions:
      execution === undefined || report.execution_id === undefined
        ? []
        : [executionRecord(report.execution_id, execution, report.decision)],
  }
}

/** A fresh execution id: random bytes and the day it began on (UTC), in base64url. */
export function newExecutionId(atMs: number, random: RandomBytes): string {
  const day = isoTime(atMs).slice(0, 10).replaceAll('-', '')
  return Buffer.concat([random(16), Buffer.from(day)]).toString('base64url')
}

function grantedEvent(report: ExchangeReport, source: LogSource): LogEvent {
  const { decision } = report
  return {
    ...commonFields(report, source),
    type: 'seccft',
    description: 'Client Credentials for Access Token',
    scope: decision?.kind === 'granted' ? decision.scopes.join(' ') : '',
    details: details(report),
  }
}

function refusedEvent(report: ExchangeReport, source: LogSource): LogEvent {
  const { refusal } = report
  // The client reads no more than a request id then; the log says why.
  const description = refusal?.reason === 'not-issued' ? (refusal.detail ?? refusal.message) : refusal?.message
  return {
    ...commonFields(report, source),
    type: 'feccft',
    description: readable(description ?? ''),
    details: {
      ...(refusal?.status === 401 && refusal.detail !== undefined && { client_authentication_error: refusal.detail }),
      ...details(report),
    },
  }
}

/** `undefined` unless an action, or what runs it, failed. */
function failureEvent(report: ExchangeReport, source: LogSource): LogEvent | undefined {
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
      symbolon: { request_id: report.origin.request_id },
    },
  }
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
    ...(origin.auth0_client !== undefined && { auth0_client: origin.auth0_client }),
    ...(exchange?.correlation_id !== undefined && { references: { correlation_id: exchange.correlation_id } }),
    $event_schema: { version: '1.0.0' },
  }
}

/** Auth0's part of `details`, and under `symbolon` what Auth0 has no field for. */
function details(report: ExchangeReport): Readonly<Record<string, unknown>> {
  const { decision, refusal, execution_id } = report
  const dropped = decision?.dropped ?? []
  const console = consoleOf(decision?.execution?.runs ?? [])
  return {
    actions: { executions: execution_id === undefined ? [] : [execution_id] },
    symbolon: {
      request_id: report.origin.request_id,
      ...(refusal !== undefined && { reason: refusal.reason }),
      ...(refusal?.detail !== undefined && { detail: readable(refusal.detail) }),
      ...(dropped.length > 0 && { dropped: dropped.slice(0, keptDrops).map(readableDrop) }),
      ...(dropped.length > keptDrops && { dropped_beyond: dropped.length - keptDrops }),
      ...(console.length > 0 && { console }),
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

let lastTime = Number.NaN
let lastText = ''

/** RFC 3339 in UTC. The times of one exchange, and of its neighbours, are mostly the same millisecond. */
function isoTime(ms: number): string {
  if (ms !== lastTime) {
    lastText = new Date(ms).toISOString()
    lastTime = ms
  }
  return lastText
}

function readableDrop(drop: Drop): Drop {
  return { ...drop, name: readable(drop.name) }
}

/** A text that every log store can hold: without NUL and lone surrogates, and not longer than is worth keeping. */
function readable(text: string, characters = keptCharacters): string {
  const kept = text.length > characters ? text.slice(0, characters) : text
  return (kept.includes('\0') ? kept.replaceAll('\0', '\uFFFD') : kept).toWellFormed()
}
