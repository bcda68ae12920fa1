/**
 * The token endpoint, the key set and the server's metadata: who asks, what may be asked, what is answered and what the log keeps of it.
 * Decides nothing about what actions may do (`engine`), holds no key and no record, and never issues a token that is not logged.
 */
import type { FastifyInstance } from 'fastify'
import { readBytes } from '../http/index.ts'
import { registerDiscovery } from './discovery.ts'
import { type TokenEndpointPorts, type TokenEndpointSettings, tokenEndpoint, tokenPath } from './token-endpoint.ts'

export type { VerifyClientSecret } from './client-authentication.ts'
export type { ExchangeReport } from './exchange-report.ts'
export { type Refusal, type RefusalReason, refusals } from './refusals.ts'
export type { RequestOrigin } from './request-origin.ts'
export type { TokenEndpointPorts, TokenEndpointSettings } from './token-endpoint.ts'

/** What this room needs of others. */
export interface OauthPorts extends TokenEndpointPorts {
  /** The published key set (RFC 7517 §5), as it stands. */
  readonly jwks: () => unknown
}

/** Registers `POST /oauth/token` and the documents under `/.well-known`. Any other method there is a 404, as at Auth0. */
export function registerOauth(routes: FastifyInstance, ports: OauthPorts, settings: TokenEndpointSettings): void {
  registerDiscovery(routes, settings.domain, ports.jwks)
  routes.register((scope, _options, done) => {
    readBytes(scope)
    scope.post(tokenPath, tokenEndpoint(ports, settings))
    done()
  })
}
