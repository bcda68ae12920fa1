import type { RouteHandlerMethod } from 'fastify'
import { type Client, clientGrantOf, isJsonObject, type TenantSnapshot } from '../domain/index.ts'
import type { IssuedToken } from '../keys/index.ts'
import { type TokenInquiryPorts, type TokenInquirySettings, tokenInquiryEndpoint } from './token-inquiry.ts'

/** Where access tokens are asked about. */
export const introspectionPath = '/oauth/introspect'

/** What is told of every token that the one who asks may not use, whatever the reason. @see RFC 7662 §2.2 */
const inactive = { active: false } as const

/**
 * Answers `POST /oauth/introspect`: what an access token says, as long as it holds. It holds while it verifies, has not expired, was not
 * revoked, and its client, its API and the client grant between them are there.
 *
 * A client learns about its own tokens, and about those for the API that its `resource_server_identifier` names; of any other it is told what
 * it is told of noise. An encrypted token is inactive: its API opens it, and asks about the one inside.
 *
 * @see RFC 7662 §2.2; RFC 9449 §6.2; RFC 8705 §3.2
 */
export function introspectionEndpoint(ports: TokenInquiryPorts, settings: TokenInquirySettings): RouteHandlerMethod {
  return tokenInquiryEndpoint(ports, settings, ({ client, issued, snapshot }) => {
    if (issued === undefined || !concerns(issued, client) || !isGrantedStill(issued, snapshot)) return inactive
    if (ports.revokedTokens.has(issued.id)) return inactive
    return introspected(issued, ports.senderConstraint)
  })
}

/** RFC 7662 §4: who may ask about everything could try tokens out. */
function concerns(issued: IssuedToken, asking: Client): boolean {
  return issued.client_id === asking.client_id || issued.aud === asking.resource_server_identifier
}

function isGrantedStill({ client_id, aud }: IssuedToken, snapshot: TenantSnapshot): boolean {
  const client = snapshot.clients.get(client_id)?.client
  if (client === undefined || !snapshot.resourceServers.has(aud)) return false
  return clientGrantOf(snapshot, client, aud) !== undefined
}

function introspected(
  { client_id, aud, exp, claims }: IssuedToken,
  { certificateTokenType }: TokenInquiryPorts['senderConstraint'],
): object {
  const { scope, sub, iss, iat, jti, cnf } = claims
  return {
    active: true,
    scope,
    client_id,
    // RFC 9449 §6.2: as the token endpoint called it.
    token_type: isJsonObject(cnf) ? ('jkt' in cnf ? 'DPoP' : certificateTokenType) : 'Bearer',
    exp,
    iat,
    sub,
    aud,
    iss,
    jti,
    cnf,
  }
}
