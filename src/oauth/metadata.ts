import { issuerOf } from './client-credentials.ts'
import { jwksPath } from './discovery.ts'
import { introspectionPath } from './introspection.ts'
import { revocationPath } from './revocation.ts'
import { tokenPath } from './token-endpoint.ts'

/** What is on besides the token endpoint for clients with a secret. An empty list, like an absent member, is what is off. */
export interface MetadataFacts {
  /** Algorithms a client assertion may be signed with. */
  readonly assertionAlgorithms: readonly string[]
  /** Whether client certificates reach the server: by its own TLS, or in a header of a proxy it trusts. */
  readonly clientCertificates: boolean
  /** Host that clients with a certificate are to use, where that is another one than the issuer's. */
  readonly mtlsDomain?: string
  /** Algorithms a DPoP proof may be signed with. */
  readonly dpopAlgorithms: readonly string[]
}

/**
 * The metadata of the authorization server: what exists and is on, and no more. A method that no client could use is not named.
 *
 * @see RFC 8414 §2; RFC 8705 §3.3, §5; RFC 9449 §5.1
 */
export function serverMetadata(domain: string, facts: MetadataFacts): Readonly<Record<string, unknown>> {
  const issuer = issuerOf(domain)
  const url = (path: string, base = issuer) => new URL(path, base).href
  const methods = [
    'client_secret_basic',
    'client_secret_post',
    ...(facts.assertionAlgorithms.length > 0 ? ['private_key_jwt'] : []),
    ...(facts.clientCertificates ? ['tls_client_auth', 'self_signed_tls_client_auth'] : []),
  ]
  // RFC 8414 §2: required beside private_key_jwt, at each endpoint that names it.
  const algorithms = facts.assertionAlgorithms.length > 0 ? facts.assertionAlgorithms : undefined
  const mtlsBase = facts.mtlsDomain === undefined ? issuer : issuerOf(facts.mtlsDomain)
  return {
    issuer,
    token_endpoint: url(tokenPath),
    jwks_uri: url(jwksPath),
    introspection_endpoint: url(introspectionPath),
    revocation_endpoint: url(revocationPath),
    grant_types_supported: ['client_credentials'],
    // Required, although a member without elements is otherwise left out (RFC 8414 §2, §3.2): there is no authorization endpoint.
    response_types_supported: [],
    token_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    ...(algorithms !== undefined && {
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    }),
    // OpenID Connect Discovery 1.0 §3 requires these two, and clients refuse a document without them, though no ID token is issued here.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...(facts.clientCertificates && { tls_client_certificate_bound_access_tokens: true }),
    ...(facts.clientCertificates &&
      mtlsBase !== issuer && {
        mtls_endpoint_aliases: {
          token_endpoint: url(tokenPath, mtlsBase),
          introspection_endpoint: url(introspectionPath, mtlsBase),
          revocation_endpoint: url(revocationPath, mtlsBase),
        },
      }),
    ...(facts.dpopAlgorithms.length > 0 && { dpop_signing_alg_values_supported: facts.dpopAlgorithms }),
  }
}
