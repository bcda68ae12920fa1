/** How many tokens an entity may obtain: fixed UTC windows. @see Auth0 Docs, "Fine-grained M2M token quotas" */
export interface TokenQuota {
  readonly client_credentials: {
    readonly per_hour?: number
    readonly per_day?: number
    readonly enforce?: boolean
  }
}

/** The ways a client may prove itself that `token_endpoint_auth_method` can name. */
export type TokenEndpointAuthMethod = 'none' | 'client_secret_post' | 'client_secret_basic'

/** A client as the Management API spells it. Keys the server does not act on are kept beside these. */
export interface Client {
  readonly client_id: string
  readonly name: string
  readonly app_type?: string
  readonly grant_types: readonly string[]
  readonly token_endpoint_auth_method?: TokenEndpointAuthMethod | null
  readonly client_authentication_methods?: Readonly<Record<string, unknown>> | null
  readonly client_metadata?: Readonly<Record<string, string>>
  readonly require_proof_of_possession?: boolean
  readonly is_first_party?: boolean
  /** `lifetime_in_seconds` is that of a third-party client's access tokens. */
  readonly jwt_configuration?: { readonly lifetime_in_seconds?: number }
  /** Whether `auth0-forwarded-for` is believed when this client has proven itself. */
  readonly is_token_endpoint_ip_header_trusted?: boolean
  readonly global?: boolean
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
  const faults: string[] = []
  if (client.token_quota != null) faults.push('token_quota is not enforced by this version')
  if (client.client_authentication_methods != null)
    faults.push('client_authentication_methods (private_key_jwt, mTLS) are not accepted by this version')
  if (client.require_proof_of_possession === true)
    faults.push('require_proof_of_possession is not enforced by this version')
  return faults
}
