import type { FastifyInstance } from 'fastify'
import { issuerOf } from './client-credentials.ts'
import { tokenPath } from './token-endpoint.ts'

/** Where the key set is published. */
const jwksPath = '/.well-known/jwks.json'

const answerHeaders = {
  'content-type': 'application/json; charset=utf-8',
  // A key is published as "next" long before it signs, so five minutes hide nothing that a verifier needs.
  'cache-control': 'public, max-age=300',
} as const

/**
 * The metadata of the authorization server: what exists, and no more.
 *
 * @see RFC 8414 §2
 */
export function serverMetadata(domain: string): Readonly<Record<string, unknown>> {
  const issuer = issuerOf(domain)
  const url = (path: string) => new URL(path, issuer).href
  return {
    issuer,
    token_endpoint: url(tokenPath),
    jwks_uri: url(jwksPath),
    grant_types_supported: ['client_credentials'],
    // Required, although a member without elements is otherwise left out (RFC 8414 §2, §3.2): there is no authorization endpoint.
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    // OpenID Connect Discovery 1.0 §3 requires these two, and clients refuse a document without them, though no ID token is issued here.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

/** Serves the key set and the metadata, the same document under both names that clients look for. */
export function registerDiscovery(routes: FastifyInstance, domain: string, jwks: () => unknown): void {
  const metadata = JSON.stringify(serverMetadata(domain))
  for (const name of ['openid-configuration', 'oauth-authorization-server']) {
    routes.get(`/.well-known/${name}`, (_request, reply) => reply.headers(answerHeaders).send(metadata))
  }
  routes.get(jwksPath, (_request, reply) => reply.headers(answerHeaders).send(JSON.stringify(jwks())))
}
