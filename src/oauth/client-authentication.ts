import { type Client, type TenantSnapshot, usesClientSecret } from '../domain/index.ts'
import { type AssertionPorts, assertionType, readAssertion, rejected } from './assertion-rules.ts'
import { authenticateByPrivateKey } from './client-assertion.ts'
import { authenticateByCertificate, type PresentedCertificate } from './client-certificate.ts'
import { authenticateByIssuer } from './federated-assertion.ts'
import { TokenRefusal } from './refusals.ts'
import type { PresentedCredentials } from './token-request.ts'

/**
 * Which of the digested client secrets a presented one is: its index, or -1. Takes as long for no digest as for two, and for every wrong secret.
 */
export type FindClientSecret = (presented: string, digests: readonly Uint8Array[]) => number

/** What client authentication works with, at whichever endpoint. */
export interface ClientAuthentication extends AssertionPorts {
  readonly findClientSecret: FindClientSecret
}

const noDigests: readonly Uint8Array[] = []

/**
 * The client that a request proves to come from: by its client secret, in the header or in the body, whichever its
 * `token_endpoint_auth_method` names; by the certificate of its connection; or by an assertion, its own or that of an external issuer it
 * lists. A client that is to use the one is refused by the others.
 *
 * An unknown client and a wrong secret are one refusal and one amount of work. A public client has nothing to prove itself with and is
 * refused as one that may not use the grant type. Answers at once for a secret; a promise only for what has to wait.
 */
export function authenticateClient(
  request: PresentedCredentials,
  snapshot: TenantSnapshot,
  authentication: ClientAuthentication,
  certificate?: PresentedCertificate,
): Client | Promise<Client> {
  if (request.client_assertion !== undefined) {
    return authenticateByAssertion(request.client_assertion, request, snapshot, authentication)
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
  if (known !== undefined && usesCertificate(known.client) && request.client_secrets.length === 0) {
    authenticateByCertificate(certificate, known.credentials ?? [], authentication.clock())
    return known.client
  }
  if (request.client_secrets.length === 0) throw new TokenRefusal('unauthenticated', {}, 'no client secret was sent')
  const bySecret = known !== undefined && usesClientSecret(known.client)
  const digests = bySecret ? known.secret_digests : noDigests
  // No early end: each candidate costs its comparison, whether there is a client to compare with or not.
  let index = -1
  for (const secret of request.client_secrets) {
    const found = authentication.findClientSecret(secret, digests)
    if (found !== -1) index = found
  }
  if (known === undefined) throw new TokenRefusal('unauthenticated', {}, 'the client is not known')
  if (!bySecret) throw new TokenRefusal('unauthenticated', {}, 'the client does not authenticate by a client secret')
  if (index === -1) throw new TokenRefusal('unauthenticated', {}, 'the client secret is wrong')
  // An end that is not known is over.
  if (known.secret_ends !== undefined && authentication.clock() >= (known.secret_ends[index] ?? 0)) {
    throw new TokenRefusal('unauthenticated', {}, 'the client secret has expired')
  }
  const proof = known.secret_digests[index]
  if (proof !== undefined) authentication.noteUse?.(proof, known.client.client_id)
  return known.client
}

async function authenticateByAssertion(
  text: string,
  request: PresentedCredentials,
  snapshot: TenantSnapshot,
  authentication: ClientAuthentication,
): Promise<Client> {
  if (request.client_assertion_type !== assertionType)
    throw rejected(`client_assertion_type must be "${assertionType}"`)
  // RFC 6749 §2.3: a client must not use more than one method a request.
  if (request.client_secrets.length > 0)
    throw rejected('a client secret came with the client assertion; send one of them')
  const assertion = readAssertion(text)
  if (assertion.iss !== assertion.sub)
    return authenticateByIssuer(assertion, request.client_id, snapshot, authentication)
  // RFC 7523 §3: of a client's own assertion both are its client_id.
  if (request.client_id !== undefined && request.client_id !== assertion.sub)
    throw rejected(`'sub' claim is not the client_id of the request`)
  const known = snapshot.clients.get(assertion.sub)
  if (known === undefined) throw rejected(`'sub' claim is no client that is known`)
  return authenticateByPrivateKey(assertion, known, snapshot.domains, authentication)
}

function usesCertificate({ client_authentication_methods: methods }: Client): boolean {
  return methods?.tls_client_auth != null || methods?.self_signed_tls_client_auth != null
}

function isPublic(client: Client): boolean {
  return client.client_authentication_methods == null && client.token_endpoint_auth_method === 'none'
}
