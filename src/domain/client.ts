import { credentialTypeOf, type KeyMethod } from './client-credential.ts'
import type { FederatedIssuer } from './federated-issuer.ts'

import type { DefaultOrganization } from './organization.ts'
import type { TokenQuota } from './token-quota.ts'

/** The ways a client may prove itself that `token_endpoint_auth_method` can name. */
export type TokenEndpointAuthMethod = 'none' | 'client_secret_post' | 'client_secret_basic'

/** Credentials of one way to prove itself, by their ids. */
export interface CredentialList {
  readonly credentials: readonly { readonly id: string }[]
}

/**
 * How a client proves itself without a secret. One of Auth0's three, and beside `private_key_jwt` or alone `federated_jwt`, which is ours.
 *
 * @see Auth0 Docs, Management API "Create a client": `client_authentication_methods`
 */
export type ClientAuthenticationMethods = { readonly [M in KeyMethod]?: CredentialList } & {
  readonly federated_jwt?: { readonly issuers: readonly FederatedIssuer[] }
}

/** A client as the Management API spells it. Keys the server does not act on are kept beside these. */
export interface Client {
  readonly client_id: string
  readonly name: string
  readonly app_type?: string
  readonly grant_types: readonly string[]
  readonly token_endpoint_auth_method?: TokenEndpointAuthMethod | null
  readonly client_authentication_methods?: ClientAuthenticationMethods | null
  readonly client_metadata?: Readonly<Record<string, string>>
  /** With a level of FAPI 2.0, an assertion is for the issuer alone. */
  readonly compliance_level?: string | null
  readonly require_proof_of_possession?: boolean
  readonly is_first_party?: boolean
  /** `lifetime_in_seconds` is that of a third-party client's access tokens. */
  readonly jwt_configuration?: { readonly lifetime_in_seconds?: number }
  /** Seconds, 0 to 2,592,000: how long access tokens of a first-party client live, whatever their API says. Ours: Auth0 has none. */
  readonly token_lifetime?: number
  /** Whether `auth0-forwarded-for` is believed when this client has proven itself. */
  readonly is_token_endpoint_ip_header_trusted?: boolean
  /** The API that this client stands for, when it asks about tokens: the identifier of an API. */
  readonly resource_server_identifier?: string
  readonly global?: boolean
  readonly default_organization?: DefaultOrganization | null
  readonly token_quota?: TokenQuota | null
}

/**
 * The grant types of a client that names none. What Auth0 gives every new client, whatever its `app_type`.
 *
 * @see Auth0 Docs, "Application Grant Types"
 */
export const defaultGrantTypes: readonly string[] = [
  'authorization_code',
  'implicit',
  'refresh_token',
  'client_credentials',
]

/** Whether the client proves itself with its client secret, by Basic or in the body. */
export function usesClientSecret(client: Client): boolean {
  if (client.client_authentication_methods != null) return false
  return client.token_endpoint_auth_method !== 'none'
}

/** What of a client's configuration this server cannot hold it to: one sentence each; empty when all is enforced. */
export function unenforceableOfClient(client: Client): readonly string[] {
  return unenforceableMethods(client)
}

/** Nothing weaker stands in for a method that is not known here, and nobody proves itself by one that another setting excludes. */
function unenforceableMethods(client: Client): readonly string[] {
  const methods = client.client_authentication_methods
  if (methods == null) return noFaults
  const faults: string[] = []
  const names = Object.keys(methods).filter((name) => Reflect.get(methods, name) != null)
  const unknown = names.filter((name) => !Object.hasOwn(credentialTypeOf, name) && name !== 'federated_jwt')
  if (unknown.length > 0)
    faults.push(`client_authentication_methods names ${unknown.join(', ')}, which this version does not know`)
  if (names.length === 0) faults.push('client_authentication_methods names no method; leave it out for a client secret')
  if (names.length > 1 && !(names.length === 2 && methods.private_key_jwt != null && methods.federated_jwt != null))
    faults.push(`client_authentication_methods names ${names.join(', ')}; keep one`)
  if (client.token_endpoint_auth_method != null)
    faults.push('token_endpoint_auth_method must be null beside client_authentication_methods')
  return faults
}

const noFaults: readonly string[] = []
