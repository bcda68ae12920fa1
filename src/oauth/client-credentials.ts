import {
  type Client,
  clientGrantOf,
  commonScopes,
  type Exchange,
  type ExchangeRequest,
  missingScopes,
  type ResourceServer,
  scopeCeiling,
  type TenantSnapshot,
  unenforceableOfClient,
  unenforceableOfResourceServer,
} from '../domain/index.ts'
import { organizationFacts, resolveOrganization } from './organization.ts'
import { notIssued, TokenRefusal } from './refusals.ts'
import { addressOf, type RequestOrigin } from './request-origin.ts'
import { requestedAudience } from './resource-parameter.ts'
import type { TokenRequest } from './token-request.ts'

/** What the tenant's operator set for every exchange. */
export interface ExchangeSettings {
  /** Host, with its port unless that is 443, of the issuer where a request came in by no custom domain. */
  readonly domain: string
  /** Whether a request that names scopes gets those alone, instead of all its client grant holds; an API may say otherwise for itself. */
  readonly scopeNarrowing: boolean
  /** Whether the reason of a token that could not be issued is told to the client. */
  readonly errorDetail: boolean
  /** Whether no action runs when a client asks for a token of one of the server's own APIs: the way out when actions keep everybody from managing it. */
  readonly skipsActions: (client: Client) => boolean
}

/** The issuer of every token of a domain. */
export function issuerOf(domain: string): string {
  return `https://${domain}/`
}

/** Where clients of a domain ask for tokens. */
export function tokenUrlOf(domain: string): string {
  return `${issuerOf(domain)}oauth/token`
}

/**
 * The frozen facts of an exchange: what an authenticated client asked for, once all of it is allowed. Decides in Auth0's order: grant type,
 * audience, API, the API's policy for clients, client grant, organization, requested scopes.
 *
 * @see Auth0 Docs, "Application Access to APIs: Client Grants"; "Machine-to-Machine Access for Organizations"
 */
export function resolveExchange(
  request: TokenRequest,
  client: Client,
  snapshot: TenantSnapshot,
  origin: RequestOrigin,
  settings: ExchangeSettings,
): Exchange {
  if (!client.grant_types.includes('client_credentials')) throw new TokenRefusal('grant-type-not-allowed', {})
  const api = resolveResourceServer(
    requestedAudience(request, snapshot.settings) ?? defaultAudience(snapshot),
    client,
    snapshot,
  )
  const grant = clientGrantOf(snapshot, client, api.identifier)
  if (grant === undefined) {
    throw new TokenRefusal('client-grant-missing', { client_id: client.client_id, audience: api.identifier })
  }
  const organization = resolveOrganization(request.organization, client, grant, snapshot)
  const ceiling = scopeCeiling(grant, api)
  const missing = missingScopes(request.requested_scopes, ceiling)
  if (missing.length > 0) throw new TokenRefusal('scope-outside-grant', { scopes: missing })
  const unenforceable = unenforceableOf(client, api)
  if (unenforceable !== undefined) throw notIssued(origin.request_id, unenforceable, settings.errorDetail)
  const narrowed = (api.scope_narrowing ?? settings.scopeNarrowing) && request.requested_scopes.length > 0
  const custom_domain = origin.domain === undefined ? undefined : snapshot.domains.get(origin.domain)
  return Object.freeze({
    request_id: origin.request_id,
    received_at: origin.received_at,
    issuer: issuerOf(origin.domain ?? settings.domain),
    tenant: snapshot.tenant,
    client,
    resource_server: api,
    client_grant: grant,
    ...(organization !== undefined && organizationFacts(organization, snapshot.settings)),
    ...(custom_domain !== undefined && { custom_domain }),
    requested_scopes: request.requested_scopes,
    scope_ceiling: ceiling,
    initial_scopes: narrowed ? commonScopes(ceiling, request.requested_scopes) : ceiling,
    ...(request.correlation_id !== undefined && { correlation_id: request.correlation_id }),
    request: exchangeRequest(request, client, origin, settings),
    bound: api.is_system === true && settings.skipsActions(client) ? [] : snapshot.bound,
  })
}

/** The legacy flag asks for an opaque token of an API that this server does not have: then a default audience does not step in. */
function defaultAudience(snapshot: TenantSnapshot): string {
  const { default_audience, flags } = snapshot.settings
  if (default_audience === undefined || default_audience === '' || flags?.allow_api1_non_global_clients === true) {
    throw new TokenRefusal('audience-missing', {})
  }
  return default_audience
}

function resolveResourceServer(audience: string, client: Client, snapshot: TenantSnapshot): ResourceServer {
  // Byte for byte: a trailing slash is another API.
  const api = snapshot.resourceServers.get(audience)
  if (api === undefined) throw new TokenRefusal('audience-unknown', { audience })
  const closed = api.subject_type_authorization?.client?.policy === 'deny_all'
  // Third-party clients cannot use system APIs. Auth0 Docs, "Third-Party Applications".
  const outsider = api.is_system === true && client.is_first_party === false
  if (closed || outsider) throw new TokenRefusal('client-not-authorized', { client_id: client.client_id, audience })
  return api
}

/** What the configuration demands and this server cannot hold to, in one sentence: nothing weaker is issued in its place. */
function unenforceableOf(client: Client, api: ResourceServer): string | undefined {
  return unenforceableOfClient(client)[0] ?? unenforceableOfResourceServer(api)[0]
}

function exchangeRequest(
  request: TokenRequest,
  client: Client,
  origin: RequestOrigin,
  settings: ExchangeSettings,
): ExchangeRequest {
  return {
    body: request.body,
    geoip: {},
    hostname: origin.domain ?? settings.domain,
    ip: addressOf(origin, client),
    ...(origin.language !== undefined && { language: origin.language }),
    method: origin.method,
    ...(origin.user_agent !== undefined && { user_agent: origin.user_agent }),
  }
}
