/**
 * The token endpoint, introspection, revocation, the key set and the server's metadata: who asks, what may be asked, what is answered and
 * what the log keeps of it.
 * Decides nothing about what actions may do (`engine`), holds no key and no record, and never issues a token that is not logged.
 */
import type { FastifyInstance } from 'fastify'
import { credentialAlgorithms } from '../domain/index.ts'
import { readBytes } from '../http/index.ts'
import { type PublishedKeys, registerDiscovery } from './discovery.ts'
import { introspectionEndpoint, introspectionPath } from './introspection.ts'
import { serverMetadata } from './metadata.ts'
import { RateLimit } from './rate-limit.ts'
import { customDomainOf } from './request-origin.ts'
import { revocationEndpoint, revocationPath } from './revocation.ts'
import { type TokenEndpointPorts, type TokenEndpointSettings, tokenEndpoint, tokenPath } from './token-endpoint.ts'
import type { TokenInquiryPorts } from './token-inquiry.ts'

export type { ClientAuthentication, FindClientSecret } from './client-authentication.ts'
export type { PresentedCertificate, ReadPresentedCertificate } from './client-certificate.ts'
export { openDpopNonces } from './dpop-nonce.ts'
export type { ErrorProfile } from './error-profile.ts'
export type { ExchangeReport } from './exchange-report.ts'
export { certificateReader } from './forwarded-certificate.ts'
export { openIssuerKeys } from './issuer-keys.ts'
export { TokenQuotas } from './quota.ts'
export { type Refusal, type RefusalReason, refusals } from './refusals.ts'
export type { RequestOrigin } from './request-origin.ts'
export { openRevokedTokens, type RevokedTokens } from './revoked-tokens.ts'
export type { SenderConstraint } from './sender-constraint.ts'
export { type TokenEndpointPorts, type TokenEndpointSettings, tokenPath } from './token-endpoint.ts'

/** What this room needs of others. */
export interface OauthPorts extends TokenEndpointPorts, TokenInquiryPorts, PublishedKeys {}

/** What the operator set for this room. */
export interface OauthSettings extends TokenEndpointSettings {
  /** Host, with its port unless that is 443, that clients with a certificate are to use, where it is not the issuer's. */
  readonly mtlsDomain?: string
}

/** Registers the token endpoint, introspection, revocation, and the documents under `/.well-known`. Any other method there is a 404, as at Auth0. */
export function registerOauth(routes: FastifyInstance, ports: OauthPorts, settings: OauthSettings): void {
  const { domain, mtlsDomain } = settings
  const facts = {
    assertionAlgorithms: credentialAlgorithms,
    clientCertificates: ports.presentedCertificate !== undefined,
    ...(mtlsDomain !== undefined && { mtlsDomain }),
    dpopAlgorithms: ports.senderConstraint.dpop.algorithms,
  }
  const metadata = serverMetadata(domain, facts)
  const metadataFor = (host: string | undefined) => {
    const customDomain = customDomainOf(host, ports.snapshot().domains)
    return customDomain === undefined ? metadata : serverMetadata(customDomain, facts)
  }
  registerDiscovery(routes, metadataFor, ports)
  const inquiry = {
    ...(settings.rateLimit !== undefined && { rateLimit: new RateLimit(settings.rateLimit) }),
  }
  routes.register((scope, _options, done) => {
    readBytes(scope)
    scope.post(tokenPath, tokenEndpoint(ports, settings))
    scope.post(introspectionPath, introspectionEndpoint(ports, inquiry))
    scope.post(revocationPath, revocationEndpoint(ports, inquiry))
    done()
  })
}
