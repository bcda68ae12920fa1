import type { FastifyRequest } from 'fastify'
import type { LogEvent } from '../domain/index.ts'
import { plainAddress } from '../http/index.ts'
import type { Caller } from './authorize.ts'
import type { ManagementPorts, ManagementSettings } from './ports.ts'
import type { Route } from './routes.ts'

/** One call as the tenant's log tells it. */
export interface AuditedCall {
  readonly request: FastifyRequest
  readonly route: Route
  /** Absent when nobody could tell who called. */
  readonly caller?: Caller
  readonly status: number
  /** Why it was refused; absent when it was done. */
  readonly refusal?: string
}

/** Characters kept of a text that the caller chose. */
const keptCharacters = 1_024

/**
 * Whether a call is told in the tenant's log: every one that may change something, done or refused, and any that was refused for who called. One
 * beyond the rate limit is not: a flood of calls is no flood of entries.
 *
 * @see Auth0 Docs, "Log Event Type Codes": `sapi`, `fapi`
 */
export function isAudited({ request, status }: Pick<AuditedCall, 'request' | 'status'>): boolean {
  return status !== 429 && (request.method !== 'GET' || status === 401 || status === 403)
}

/** Commits the entry of a call, as durably as that of a token. It has neither what was sent nor what was answered: both may hold secrets. */
export async function recordCall(
  call: AuditedCall,
  ports: ManagementPorts,
  settings: ManagementSettings,
): Promise<void> {
  await ports.logs.append({ events: [auditEvent(call, ports, settings)], executions: [] })
}

function auditEvent(
  { request, route, caller, status, refusal }: AuditedCall,
  { clock, snapshot, tenant }: ManagementPorts,
  { domain, environmentName }: ManagementSettings,
): LogEvent {
  const ip = plainAddress(request.socket.remoteAddress ?? '')
  const user_agent = kept(request.headers['user-agent'] ?? '')
  const client = caller === undefined ? undefined : snapshot().clients.get(caller.client_id)?.client
  return {
    date: new Date(clock()).toISOString(),
    type: refusal === undefined ? 'sapi' : 'fapi',
    description: kept(refusal ?? `${request.method} ${route.path}`),
    connection: '',
    connection_id: '',
    client_id: caller?.client_id ?? null,
    client_name: client?.name ?? '',
    ip,
    client_ip: ip,
    user_agent,
    hostname: domain,
    user_id: '',
    user_name: '',
    audience: '',
    scope: '',
    tenant_name: tenant,
    environment_name: environmentName,
    $event_schema: { version: '1.0.0' },
    details: {
      request: {
        method: request.method.toLowerCase(),
        path: kept((request.raw.url ?? '').split('?', 1)[0] ?? ''),
        channel: 'api',
        ip,
        userAgent: user_agent,
        auth: { strategy: 'jwt', user: {}, credentials: { scopes: [...(caller?.scopes ?? [])] } },
      },
      response: { statusCode: status },
      symbolon: { request_id: request.id },
    },
  }
}

function kept(text: string): string {
  return text.slice(0, keptCharacters).replaceAll('\0', '\uFFFD').toWellFormed()
}
