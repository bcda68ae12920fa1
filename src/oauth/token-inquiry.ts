import type { FastifyRequest, RouteHandlerMethod } from 'fastify'
import { type Client, isOwnIssuer, type TenantSnapshot } from '../domain/index.ts'
import { type IssuedToken, readIssuedToken, type VerificationKeyOf } from '../keys/index.ts'
import { usesBasic } from './basic-authorization.ts'
import { parseBodyParameters } from './body-parameters.ts'
import { authenticateClient } from './client-authentication.ts'
import { refusalAnswer } from './error-profile.ts'
import type { RateLimit } from './rate-limit.ts'
import { TokenRefusal } from './refusals.ts'
import type { RevokedTokens } from './revoked-tokens.ts'
import type { TokenEndpointPorts } from './token-endpoint.ts'
import { presentedCredentials, textOf } from './token-request.ts'

/** A client's question about an access token, or its wish to be rid of one. */
export interface TokenInquiry {
  /** Who asks, proven. */
  readonly client: Client
  readonly token: string
  /** What the token is; absent when it is none of ours, or has expired. */
  readonly issued?: IssuedToken
  readonly snapshot: TenantSnapshot
}

/** What the endpoints that take an access token need of other rooms. */
export interface TokenInquiryPorts
  extends Pick<
    TokenEndpointPorts,
    'snapshot' | 'authentication' | 'presentedCertificate' | 'senderConstraint' | 'clock'
  > {
  readonly verificationKey: VerificationKeyOf
  readonly revokedTokens: RevokedTokens
}

/** What holds for both of these endpoints. */
export interface TokenInquirySettings {
  /** Shared by the endpoints: they must not be a way around the token endpoint's for whoever tries secrets out. */
  readonly rateLimit?: RateLimit
}

const answerHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  pragma: 'no-cache',
} as const

/**
 * An endpoint where a client, proven as at the token endpoint, hands in an access token as `token`. Sends what `answer` resolves with as
 * JSON, or nothing for `undefined`. `token_type_hint` is not read: there is one type.
 *
 * Refusals are those of the RFCs whatever the error profile: Auth0 has no such endpoint to be matched. A defect is a 500 that says nothing.
 *
 * @see RFC 7662 §2.1, §2.3; RFC 7009 §2.1, §2.2.1
 */
export function tokenInquiryEndpoint(
  ports: TokenInquiryPorts,
  { rateLimit }: TokenInquirySettings,
  answer: (inquiry: TokenInquiry) => object | undefined | Promise<object | undefined>,
): RouteHandlerMethod {
  return async (request, reply) => {
    try {
      if (rateLimit !== undefined) {
        const { headers, refusal } = rateLimit.take(ports.clock())
        reply.headers(headers)
        if (refusal !== undefined) throw refusal
      }
      const answered = await answer(await readInquiry(request, ports))
      return reply
        .code(200)
        .headers(answerHeaders)
        .send(answered === undefined ? '' : JSON.stringify(answered))
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error
      const refused = refusalAnswer(error, 'strict', usesBasic(request.headers.authorization))
      return reply
        .code(refused.status)
        .headers({ ...answerHeaders, ...refused.headers, ...error.headers })
        .send(refused.body)
    }
  }
}

async function readInquiry(request: FastifyRequest, ports: TokenInquiryPorts): Promise<TokenInquiry> {
  const { authorization, 'content-type': content_type } = request.headers
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const snapshot = ports.snapshot()
  const parameters = parseBodyParameters(body, content_type)
  const presented = presentedCredentials(parameters, authorization)
  const certificate = ports.presentedCertificate?.(request)
  const client = await authenticateClient(presented, snapshot, ports.authentication, certificate)
  const token = textOf(parameters, 'token')
  if (token === undefined) throw new TokenRefusal('token-missing', {})
  const issued = await readIssuedToken(token, {
    isIssuer: (iss) => isOwnIssuer(iss, snapshot.domains),
    keyOf: ports.verificationKey,
    nowMs: ports.clock(),
  })
  return { client, token, snapshot, ...(issued !== undefined && { issued }) }
}
