import { type Client, type TenantSnapshot, usesClientSecret } from '../domain/index.ts'
import { TokenRefusal } from './refusals.ts'
import type { TokenRequest } from './token-request.ts'

/** Whether a presented client secret is one of those digested. Takes as long for no digest as for a wrong one, and for every wrong secret. */
export type VerifyClientSecret = (presented: string, digests: readonly Uint8Array[]) => boolean

const noDigests: readonly Uint8Array[] = []

/**
 * The client that a token request proves to come from, by its client secret: in the header or in the body, whichever its
 * `token_endpoint_auth_method` names.
 *
 * An unknown client and a wrong secret are one refusal and one amount of work. A public client has nothing to prove itself with and is
 * refused as one that may not use the grant type.
 */
export function authenticateClient(
  request: TokenRequest,
  snapshot: TenantSnapshot,
  verify: VerifyClientSecret,
): Client {
  if (request.has_client_assertion) {
    throw new TokenRefusal('assertion-rejected', {}, 'client assertions are not accepted by this version')
  }
  if (request.client_id === undefined) throw new TokenRefusal('client-id-missing', {})
  const known = snapshot.clients.get(request.client_id)
  if (known !== undefined && isPublic(known.client)) {
    throw new TokenRefusal(
      'grant-type-not-allowed',
      {},
      'the client is public: its token_endpoint_auth_method is "none"',
    )
  }
  if (request.client_secrets.length === 0) throw new TokenRefusal('unauthenticated', {}, 'no client secret was sent')
  const bySecret = known !== undefined && usesClientSecret(known.client)
  const digests = bySecret ? known.secret_digests : noDigests
  // No early end: each candidate costs its comparison, whether there is a client to compare with or not.
  let proven = false
  for (const secret of request.client_secrets) proven = verify(secret, digests) || proven
  if (known === undefined) throw new TokenRefusal('unauthenticated', {}, 'the client is not known')
  if (!bySecret) throw new TokenRefusal('unauthenticated', {}, 'the client does not authenticate by a client secret')
  if (!proven) throw new TokenRefusal('unauthenticated', {}, 'the client secret is wrong')
  return known.client
}

function isPublic(client: Client): boolean {
  return client.client_authentication_methods == null && client.token_endpoint_auth_method === 'none'
}
