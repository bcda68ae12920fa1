import { type Client, defaultGrantTypes } from './client.ts'
import { limits } from './limits.ts'

/**
 * What a new client has unless its creation, or its file, says otherwise. It is stored: a later version that had other defaults would leave it
 * as it is. No token lives longer or shorter by it: of third-party clients the lifetime is what it is without one, of others it is not asked.
 * `token_endpoint_auth_method` and `app_type` have none.
 *
 * @see docs/management-api.md, "Clients"
 */
export function clientDefaults({
  app_type,
  is_first_party = true,
  token_endpoint_auth_method: method,
}: Partial<Pick<Client, 'app_type' | 'is_first_party' | 'token_endpoint_auth_method'>>): Omit<
  Client,
  'client_id' | 'name'
> {
  // Members that nothing here acts on.
  const kept = {
    oidc_conformant: false,
    sso_disabled: false,
    cross_origin_authentication: false,
    custom_login_page_on: true,
    refresh_token: refreshToken(method),
  }
  return {
    is_first_party,
    is_token_endpoint_ip_header_trusted: false,
    grant_types: grantTypes(app_type, method),
    jwt_configuration: jwtConfiguration(is_first_party),
    ...kept,
  }
}

/** Of a third-party client its access tokens live so long. @see Auth0 Docs, "Third-Party Applications" */
function jwtConfiguration(is_first_party: boolean): NonNullable<Client['jwt_configuration']> {
  const kept = { secret_encoded: false }
  return { lifetime_in_seconds: is_first_party ? 36_000 : limits.thirdPartyTokenLifetimeSeconds, ...kept }
}

/** @see Auth0 Docs, "Application Grant Types": a public client cannot hold `client_credentials`, an API's own client holds none */
function grantTypes(app_type: string | undefined, method: Client['token_endpoint_auth_method']): readonly string[] {
  if (app_type === 'resource_server') return []
  return method === 'none' ? defaultGrantTypes.filter((grant) => grant !== 'client_credentials') : defaultGrantTypes
}

/** Seconds: a year and thirty days where a method was named that uses the client secret, else thirty days and fifteen. */
function refreshToken(method: Client['token_endpoint_auth_method']): object {
  const isConfidential = method === 'client_secret_post' || method === 'client_secret_basic'
  return {
    rotation_type: 'non-rotating',
    expiration_type: 'non-expiring',
    leeway: 0,
    infinite_token_lifetime: true,
    infinite_idle_token_lifetime: true,
    token_lifetime: isConfidential ? 31_557_600 : 2_592_000,
    idle_token_lifetime: isConfidential ? 2_592_000 : 1_296_000,
  }
}
