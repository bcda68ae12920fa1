import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Clock, Exchange, RandomBytes, TenantSnapshot } from '../domain/index.ts'
import type { Decision } from '../engine/index.ts'
import type { ReportDefect } from '../http/index.ts'
import type { LogStore } from '../storage/index.ts'
import { accessTokenClaims, lifetimeSecondsOf } from './access-token.ts'
import { authenticateClient, type VerifyClientSecret } from './client-authentication.ts'
import { type ExchangeSettings, resolveExchange } from './client-credentials.ts'
import type { ExchangeReport } from './exchange-report.ts'
import { notIssued, TokenRefusal } from './refusals.ts'
import { type RequestOrigin, readOrigin } from './request-origin.ts'
import { newExecutionId, tokenLogBatch } from './token-log.ts'
import { parseTokenRequest, type TokenRequest } from './token-request.ts'

/** What the operator set for the endpoint. */
export interface TokenEndpointSettings extends ExchangeSettings {
  /** `environment_name` of every log entry. */
  readonly environmentName: string
}

/** What the endpoint needs of other rooms. */
export interface TokenEndpointPorts {
  /** The tenant's configuration as it stands; asked once an exchange. */
  readonly snapshot: () => TenantSnapshot
  readonly verifyClientSecret: VerifyClientSecret
  /** Runs the bound actions and decides; rejects only for a defect. */
  readonly execute: (exchange: Exchange) => Promise<Decision>
  /** An access token with these claims, or `undefined` when too many signatures are pending to take one more. */
  readonly sign: (claims: string) => Promise<string | undefined> | string | undefined
  readonly logs: Pick<LogStore, 'append'>
  readonly clock: Clock
  readonly random: RandomBytes
  readonly reportDefect: ReportDefect
  /** Told of every token request before it is answered, committed or refused for want of a log; what it throws is reported and changes no answer. */
  readonly onExchange?: (report: ExchangeReport) => void
}

/** How far a request has come. The one thing of it that changes, phase by phase; nobody else sees it before it is a report. */
type Progress = { -readonly [K in keyof ExchangeReport]: ExchangeReport[K] }

/** The successful answer, in the order Auth0 writes it. */
interface IssuedToken {
  readonly access_token: string
  readonly scope?: string
  readonly expires_in: number
  readonly token_type: 'Bearer'
}

/** Where the endpoint is. */
export const tokenPath = '/oauth/token'

const answerHeaders = {
  'content-type': 'application/json; charset=utf-8',
  // RFC 6749 §5.1
  'cache-control': 'no-store',
  pragma: 'no-cache',
} as const

/**
 * Answers `POST /oauth/token`. A token leaves only after its log entries are committed; whatever is thrown on the way, none does.
 * A refusal is committed too, but is answered even when that fails: it gives nothing away.
 */
export function tokenEndpoint(ports: TokenEndpointPorts, settings: TokenEndpointSettings): RouteHandlerMethod {
  return async (request, reply) => {
    const snapshot = ports.snapshot()
    const origin = readOrigin(request, ports.clock())
    const progress: Progress = { origin, authenticated: false, ended_at: origin.received_at }
    const broken = (defect: unknown): TokenRefusal => {
      ports.reportDefect(defect, { request_id: origin.request_id, method: request.method, path: tokenPath })
      return notIssued(
        origin.request_id,
        defect instanceof Error ? defect.message : String(defect),
        settings.errorDetail,
      )
    }

    const end = await issue(request, snapshot, progress, ports, settings).catch((error: unknown) =>
      error instanceof TokenRefusal ? error : broken(error),
    )
    progress.ended_at = ports.clock()
    if (end instanceof TokenRefusal) progress.refusal = end
    try {
      await ports.logs.append(
        tokenLogBatch(progress, {
          tenant: snapshot.tenant,
          hostname: settings.domain,
          environment_name: settings.environmentName,
        }),
      )
    } catch (defect) {
      const unlogged = broken(defect)
      progress.refusal ??= unlogged
    }
    if (ports.onExchange !== undefined) {
      try {
        ports.onExchange(progress)
      } catch (defect) {
        broken(defect)
      }
    }
    if (progress.refusal !== undefined) return refuse(reply, progress.refusal, origin)
    return reply.code(200).headers(answerHeaders).send(JSON.stringify(end))
  }
}

async function issue(
  request: FastifyRequest,
  snapshot: TenantSnapshot,
  progress: Progress,
  ports: TokenEndpointPorts,
  settings: TokenEndpointSettings,
): Promise<IssuedToken> {
  const { authorization, 'content-type': content_type } = request.headers
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const asked = parseTokenRequest({ body, content_type, authorization })
  note(progress, asked, snapshot)

  const client = authenticateClient(asked, snapshot, ports.verifyClientSecret)
  progress.authenticated = true

  const exchange = resolveExchange(asked, client, snapshot, progress.origin, settings)
  progress.exchange = exchange

  const decision = await ports.execute(exchange)
  progress.decision = decision
  if (decision.execution !== undefined) {
    progress.execution_id = newExecutionId(decision.execution.startedAt, ports.random)
  }
  if (decision.kind !== 'granted') throw refusalOf(decision, exchange, settings)

  const claims = accessTokenClaims(exchange, decision, Math.floor(ports.clock() / 1_000))
  const access_token = await ports.sign(claims)
  if (access_token === undefined) throw new TokenRefusal('overloaded', {}, 'too many signatures are pending')
  return {
    access_token,
    ...(decision.scopes.length > 0 && { scope: decision.scopes.join(' ') }),
    expires_in: lifetimeSecondsOf(exchange),
    token_type: 'Bearer',
  }
}

/** Whom and what a request names, for its log entry: known before anything is proven. */
function note(progress: Progress, asked: TokenRequest, snapshot: TenantSnapshot): void {
  const client = asked.client_id === undefined ? undefined : snapshot.clients.get(asked.client_id)?.client
  if (client !== undefined) progress.client = client
  if (asked.audience !== undefined) progress.audience = asked.audience
}

/** What the client is told when its actions did not grant. */
function refusalOf(
  decision: Exclude<Decision, { readonly kind: 'granted' }>,
  exchange: Exchange,
  settings: TokenEndpointSettings,
): TokenRefusal {
  if (decision.kind === 'failed') {
    if (decision.failure === 'overloaded') return new TokenRefusal('overloaded', {}, decision.detail)
    return notIssued(exchange.request_id, decision.detail, settings.errorDetail)
  }
  if (decision.withheld) return notIssued(exchange.request_id, decision.reason, settings.errorDetail)
  return new TokenRefusal(`denied-${decision.error}`, { reason: decision.reason })
}

function refuse(reply: FastifyReply, refusal: TokenRefusal, origin: RequestOrigin): FastifyReply {
  const { status, error, message, error_uri } = refusal
  reply.code(status).headers(answerHeaders)
  // RFC 6749 §5.2: a client that used the Authorization header is told the scheme; others are not, as Auth0 does not.
  if (status === 401 && origin.uses_basic)
    reply.header('www-authenticate', 'Basic realm="token endpoint", charset="UTF-8"')
  if (status === 503) reply.header('retry-after', '1')
  return reply.send(
    JSON.stringify({ error, error_description: message, ...(error_uri !== undefined && { error_uri }) }),
  )
}
