import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import {
  type Clock,
  type Exchange,
  newId,
  type RandomBytes,
  type RateLimitSettings,
  type ResourceServer,
  type TenantSnapshot,
} from '../domain/index.ts'
import type { Decision } from '../engine/index.ts'
import type { ReportDefect } from '../http/index.ts'
import type { LogStore } from '../storage/index.ts'
import { accessTokenClaims, lifetimeSecondsOf, tokenTypeOf } from './access-token.ts'
import { claimedClientId } from './assertion-rules.ts'
import { authenticateClient, type ClientAuthentication } from './client-authentication.ts'
import type { ReadPresentedCertificate } from './client-certificate.ts'
import { type ExchangeSettings, resolveExchange } from './client-credentials.ts'
import { type ErrorProfile, refusalAnswer } from './error-profile.ts'
import type { ExchangeReport } from './exchange-report.ts'
import type { QuotaReservation, TokenQuotas } from './quota.ts'
import { RateLimit } from './rate-limit.ts'
import { notIssued, TokenRefusal } from './refusals.ts'
import { type RequestOrigin, readOrigin } from './request-origin.ts'
import { constrainSender, nonceHeaders, type SenderConstraint } from './sender-constraint.ts'
import { newExecutionId, tokenLogBatch } from './token-log.ts'
import { parseTokenRequest, type TokenRequest } from './token-request.ts'

/** What the operator set for the endpoint. */
export interface TokenEndpointSettings extends ExchangeSettings {
  /** `environment_name` of every log entry. */
  readonly environmentName: string
  readonly errorProfile: ErrorProfile
  /** Whether the log entries of an exchange keep the event that its actions saw. */
  readonly recordsEvents: boolean
  /** How often the tenant may ask; absent where it may without limit. */
  readonly rateLimit?: RateLimitSettings
}

/** What the endpoint needs of other rooms. */
export interface TokenEndpointPorts {
  /** The tenant's configuration as it stands; asked once an exchange. */
  readonly snapshot: () => TenantSnapshot
  readonly authentication: ClientAuthentication
  /** The certificate of a request's sender; absent where none can reach the server. */
  readonly presentedCertificate?: ReadPresentedCertificate
  readonly senderConstraint: SenderConstraint
  /** Runs the bound actions and decides; rejects only for a defect. */
  readonly execute: (exchange: Exchange) => Promise<Decision>
  /**
   * An access token with these claims as its API wants it, or `undefined` when too many signatures are pending to take one more. `issuedAt` is
   * the claims' `iat`.
   */
  readonly sign: (claims: string, api: ResourceServer, issuedAt: number) => Promise<string> | string | undefined
  readonly logs: Pick<LogStore, 'append'>
  /** Counts the tokens that a quota applies to. */
  readonly quotas: Pick<TokenQuotas, 'reserve'>
  readonly clock: Clock
  readonly random: RandomBytes
  readonly reportDefect: ReportDefect
  /** Told of every token request before it is answered, committed or refused for want of a log; what it throws is reported and changes no answer. */
  readonly onExchange?: (report: ExchangeReport) => void
}

/** How far a request has come. The one thing of it that changes, phase by phase; nobody else sees it before it is a report. */
type Progress = { -readonly [K in keyof ExchangeReport]: ExchangeReport[K] } & {
  /** What was taken of the quotas: committed when the token leaves, given back when it does not. */
  quota?: QuotaReservation
}

/** The successful answer, in the order Auth0 writes it. */
interface IssuedToken {
  readonly access_token: string
  readonly scope?: string
  readonly expires_in: number
  readonly token_type: 'Bearer' | 'DPoP'
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
  const rateLimit = settings.rateLimit === undefined ? undefined : new RateLimit(settings.rateLimit)
  return async (request, reply) => {
    const snapshot = ports.snapshot()
    const origin = readOrigin(request, ports.clock(), snapshot.domains, ports.presentedCertificate)
    const progress: Progress = { origin, authenticated: false, ended_at: origin.received_at }
    const broken = (defect: unknown): TokenRefusal => {
      ports.reportDefect(defect, { request_id: origin.request_id, method: request.method, path: tokenPath })
      return notIssued(
        origin.request_id,
        defect instanceof Error ? defect.message : String(defect),
        settings.errorDetail,
      )
    }

    let end: IssuedToken | TokenRefusal
    try {
      end = await issue(request, reply, snapshot, progress, ports, settings, rateLimit)
    } catch (error) {
      end = error instanceof TokenRefusal ? error : broken(error)
    }
    progress.ended_at = ports.clock()
    if (end instanceof TokenRefusal) progress.refusal = end
    try {
      if (progress.quota !== undefined) consume(progress, progress.quota)
      const batch = tokenLogBatch(progress, {
        tenant: snapshot.tenant,
        hostname: origin.domain ?? settings.domain,
        environment_name: settings.environmentName,
        path: tokenPath,
        records_events: settings.recordsEvents,
      })
      // A request over the rate limit mostly leaves nothing: it must not cost what the limit is there to save.
      if (batch.events.length > 0) await ports.logs.append(batch)
    } catch (defect) {
      progress.quota?.release()
      const unlogged = broken(defect)
      if (!(end instanceof TokenRefusal)) end = unlogged
      progress.refusal = end
    }
    if (ports.onExchange !== undefined) {
      try {
        ports.onExchange(progress)
      } catch (defect) {
        broken(defect)
      }
    }
    if (end instanceof TokenRefusal) return refuse(reply, end, origin, settings.errorProfile)
    if (progress.quota !== undefined) reply.headers(progress.quota.headers(progress.ended_at))
    if (progress.exchange?.confirmation !== undefined)
      reply.headers(nonceHeaders(progress.exchange, ports.senderConstraint, progress.ended_at))
    return reply.code(200).headers(answerHeaders).send(answerText(end))
  }
}

async function issue(
  request: FastifyRequest,
  reply: FastifyReply,
  snapshot: TenantSnapshot,
  progress: Progress,
  ports: TokenEndpointPorts,
  settings: TokenEndpointSettings,
  rateLimit: RateLimit | undefined,
): Promise<IssuedToken> {
  const { authorization, 'content-type': content_type } = request.headers
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const asked = parseTokenRequest({ body, content_type, authorization })
  note(progress, asked, snapshot)
  if (rateLimit !== undefined) limitRate(rateLimit, reply, progress)

  const proof = authenticateClient(asked, snapshot, ports.authentication, progress.origin.certificate)
  // A client secret is checked at once: no turn of the loop for what waits for nothing.
  const client = proof instanceof Promise ? await proof : proof
  progress.client = client
  progress.authenticated = true

  const resolved = resolveExchange(asked, client, snapshot, progress.origin, settings)
  progress.exchange = resolved

  const { dpop } = request.headers
  const constrained = constrainSender(resolved, dpop, progress.origin, ports.senderConstraint, snapshot.domains)
  const exchange = constrained instanceof Promise ? await constrained : constrained
  progress.exchange = exchange

  const reserved = ports.quotas.reserve(exchange, snapshot.settings, ports.clock())
  if (reserved !== undefined) progress.quota = reserved instanceof Promise ? await reserved : reserved

  const decision = await ports.execute(exchange)
  progress.decision = decision
  if (decision.execution !== undefined) {
    progress.execution_id = newExecutionId(decision.execution.startedAt, ports.random)
  }
  if (decision.kind !== 'granted') throw refusalOf(decision, exchange, settings)

  const issuedAt = Math.floor(ports.clock() / 1_000)
  const jti = newId.token(ports.random)
  progress.access_token_jti = jti
  const claims = accessTokenClaims(exchange, decision, { issuedAt, jti })
  const signed = ports.sign(claims, exchange.resource_server, issuedAt)
  const access_token = signed instanceof Promise ? await signed : signed
  if (access_token === undefined) throw new TokenRefusal('overloaded', {}, 'too many signatures are pending')
  return {
    access_token,
    ...(decision.scopes.length > 0 && { scope: decision.scopes.join(' ') }),
    expires_in: lifetimeSecondsOf(exchange),
    token_type: tokenTypeOf(exchange, ports.senderConstraint.certificateTokenType),
  }
}

/** The answer as JSON text. The token, most of it, goes in as it stands: base64url and dots hold nothing that JSON would escape. */
function answerText({ access_token, ...rest }: IssuedToken): string {
  return `{"access_token":"${access_token}",${JSON.stringify(rest).slice(1)}`
}

/** Whom and what a request names, for its log entry: known before anything is proven. */
function note(progress: Progress, asked: TokenRequest, snapshot: TenantSnapshot): void {
  const { client_id, client_assertion } = asked
  const named = client_id ?? (client_assertion === undefined ? undefined : claimedClientId(client_assertion))
  const client = named === undefined ? undefined : snapshot.clients.get(named)?.client
  if (client !== undefined) progress.client = client
  if (asked.audience !== undefined) progress.audience = asked.audience
}

/** Counts the request against the tenant's limit. Every answer from here on says how much of it is left. */
function limitRate(rateLimit: RateLimit, reply: FastifyReply, progress: Progress): void {
  const { headers, notice, refusal } = rateLimit.take(progress.origin.received_at)
  reply.headers(headers)
  if (notice !== undefined) progress.rate_limit_notice = notice
  if (refusal !== undefined) throw refusal
}

/** Counts a token that was granted and signed, and takes back what was reserved for one that was not. */
function consume(progress: Progress, quota: QuotaReservation): void {
  if (progress.refusal === undefined) progress.quota_warnings = quota.commit()
  else quota.release()
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

function refuse(
  reply: FastifyReply,
  refusal: TokenRefusal,
  origin: RequestOrigin,
  profile: ErrorProfile,
): FastifyReply {
  const { status, headers, body } = refusalAnswer(refusal, profile, origin.uses_basic)
  reply.code(status).headers(answerHeaders).headers(headers)
  if (refusal.headers !== undefined) reply.headers(refusal.headers)
  if (status === 503) reply.header('retry-after', '1')
  // RFC 9449 §8
  if ('nonce' in refusal.values) reply.header('dpop-nonce', refusal.values.nonce)
  return reply.send(body)
}
