import type { RouteHandlerMethod } from 'fastify'
import { isEncrypted } from '../keys/index.ts'
import { TokenRefusal } from './refusals.ts'
import { type TokenInquiryPorts, type TokenInquirySettings, tokenInquiryEndpoint } from './token-inquiry.ts'

/** Where access tokens are revoked. */
export const revocationPath = '/oauth/revoke'

/**
 * Answers `POST /oauth/revoke`: a client gives up an access token that was issued to it. Answered only once that survives a restart.
 *
 * A text that is no token of ours, or one that has expired, is answered the same. Refused are another client's token, and an encrypted one,
 * which cannot be told apart from noise here.
 *
 * @see RFC 7009 §2.1, §2.2
 */
export function revocationEndpoint(ports: TokenInquiryPorts, settings: TokenInquirySettings): RouteHandlerMethod {
  return tokenInquiryEndpoint(ports, settings, async ({ client, token, issued }) => {
    if (isEncrypted(token)) throw new TokenRefusal('token-encrypted', {})
    if (issued === undefined) return undefined
    if (issued.client_id !== client.client_id) throw new TokenRefusal('token-of-another-client', {})
    await ports.revokedTokens.add({ token: issued.id, client_id: issued.client_id, exp: issued.exp })
    return undefined
  })
}
