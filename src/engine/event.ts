import { type Exchange, type Geoip, guesses } from '../domain/index.ts'

/** `event.client`. */
export interface EventClient {
  client_id: string
  metadata: Record<string, string>
  name: string
}

/** `event.organization`, when the exchange is bound to one. */
export interface EventOrganization {
  display_name: string
  id: string
  metadata: Record<string, string>
  name: string
}

/** `event.request`. `body` is without credentials. */
export interface EventRequest {
  body: Record<string, unknown>
  geoip: Geoip
  hostname?: string
  ip: string
  language?: string
  method: string
  user_agent?: string
}

/**
 * The event object of the `credentials-exchange` trigger, version 2. A fresh copy for every action: writing onto it changes nothing.
 * Whatever Auth0 does not document is absent.
 *
 * @see Auth0 Docs, "credentials-exchange event object"
 */
export interface Event {
  accessToken: { customClaims: Record<string, unknown>; scope: string[] }
  client: EventClient
  configuration: Record<string, unknown>
  custom_domain?: { domain: string; domain_metadata: Record<string, string> }
  organization?: EventOrganization
  request: EventRequest
  resource_server: { identifier: string }
  secrets: Record<string, string>
  tenant: { id: string }
  transaction: { correlation_id?: string; requested_scopes: string[]; target_scopes: string[] }
}

/** The parts of the event object that do not change between two exchanges of the same client at the same API. */
export type FixedEvent = Pick<
  Event,
  'client' | 'configuration' | 'custom_domain' | 'organization' | 'resource_server' | 'tenant'
>

/** The parts of the event object that belong to one exchange. */
export interface VaryingEvent {
  readonly request: EventRequest
  readonly correlation_id?: string
  readonly requested_scopes: readonly string[]
  /** What `accessToken.scope` and `target_scopes` begin with. */
  readonly scopes: readonly string[]
  /** Whether the API is one of the server's own, whose tokens take no custom claims. */
  readonly system: boolean
}

/** A fixed part, and the facts it was made of. */
interface KnownEvent {
  readonly fixed: FixedEvent
  readonly resource_server: Exchange['resource_server']
  readonly organization: Exchange['organization']
  readonly custom_domain: Exchange['custom_domain']
  readonly tenant_id: string
}

/** Those of one client: the one that was asked for last, which mostly is asked for next, and all of them by what they are of. */
interface KnownEvents {
  latest: KnownEvent
  readonly all: Map<string, KnownEvent>
}

const knownEvents = new WeakMap<Exchange['client'], KnownEvents>()

/**
 * The part of the event that stays the same between exchanges of one client at one API: the same object for the same facts,
 * so that a runner may send it once. A new snapshot brings new facts and so a new object.
 */
export function fixedEvent(exchange: Exchange): FixedEvent {
  const { client, resource_server, organization, custom_domain, tenant } = exchange
  const ofClient = knownEvents.get(client)
  if (ofClient !== undefined && isOf(ofClient.latest, exchange)) return ofClient.latest.fixed
  const key = `${resource_server.identifier} ${organization?.id ?? ''} ${custom_domain?.domain ?? ''}`
  const earlier = ofClient?.all.get(key)
  const known =
    earlier !== undefined && isOf(earlier, exchange)
      ? earlier
      : { fixed: makeFixedEvent(exchange), resource_server, organization, custom_domain, tenant_id: tenant.id }
  if (ofClient === undefined) knownEvents.set(client, { latest: known, all: new Map([[key, known]]) })
  else {
    ofClient.latest = known
    ofClient.all.set(key, known)
  }
  return known.fixed
}

function isOf(known: KnownEvent, exchange: Exchange): boolean {
  return (
    known.resource_server === exchange.resource_server &&
    known.organization === exchange.organization &&
    known.custom_domain === exchange.custom_domain &&
    known.tenant_id === exchange.tenant.id
  )
}

function makeFixedEvent({ client, resource_server, organization, custom_domain, tenant }: Exchange): FixedEvent {
  return {
    client: { client_id: client.client_id, metadata: { ...client.client_metadata }, name: client.name },
    configuration: {},
    ...(custom_domain === undefined
      ? {}
      : { custom_domain: { domain: custom_domain.domain, domain_metadata: { ...custom_domain.domain_metadata } } }),
    ...(organization === undefined
      ? {}
      : {
          organization: {
            display_name: organization.display_name ?? organization.name,
            id: organization.id,
            metadata: { ...organization.metadata },
            name: organization.name,
          },
        }),
    resource_server: { identifier: resource_server.identifier },
    tenant: { id: tenant.id },
  }
}

/** The part of the event that belongs to one exchange alone. */
export function varyingEvent(exchange: Exchange): VaryingEvent {
  const { hostname, language, user_agent, body, geoip, ip, method } = exchange.request
  const request: EventRequest = { body, geoip: { ...geoip }, ip, method }
  if (hostname !== undefined) request.hostname = hostname
  if (language !== undefined) request.language = language
  if (user_agent !== undefined) request.user_agent = user_agent
  return {
    request,
    ...(exchange.correlation_id === undefined ? {} : { correlation_id: exchange.correlation_id }),
    requested_scopes: exchange.requested_scopes,
    scopes: exchange.initial_scopes,
    system: exchange.resource_server.is_system === true,
  }
}

/** A copy that shares nothing but texts: by literals and spreads, which no setter on a prototype can see. */
export function copyFixedEvent(fixed: FixedEvent): FixedEvent {
  const { client, custom_domain, organization } = fixed
  return {
    client: { client_id: client.client_id, metadata: { ...client.metadata }, name: client.name },
    configuration: {},
    ...(custom_domain === undefined
      ? undefined
      : { custom_domain: { domain: custom_domain.domain, domain_metadata: { ...custom_domain.domain_metadata } } }),
    ...(organization === undefined
      ? undefined
      : { organization: { ...organization, metadata: { ...organization.metadata } } }),
    resource_server: { identifier: fixed.resource_server.identifier },
    tenant: { id: fixed.tenant.id },
  }
}

/**
 * A copy that shares nothing but texts, by literals and spreads as {@link copyFixedEvent}; `undefined` when the body holds more than plain
 * values, which only JSON text copies unseen.
 */
export function copyVaryingEvent(varying: VaryingEvent): VaryingEvent | undefined {
  const { request } = varying
  for (const name in request.body) if (typeof request.body[name] === 'object') return undefined
  return { ...varying, request: { ...request, body: { ...request.body }, geoip: { ...request.geoip } } }
}

/** Everything an action's event is made of, each part a copy of its own. */
export interface EventParts {
  readonly fixed: FixedEvent
  readonly varying: VaryingEvent
  readonly secrets: Record<string, string>
  readonly customClaims: Record<string, unknown>
  readonly target: readonly string[]
}

/**
 * Builds one action's event. The parts are handed over: the event is made of them, not of copies.
 * `accessToken` and `target_scopes` show the transaction as it stands when the action begins.
 */
export function buildEvent({ fixed, varying, secrets, customClaims, target }: EventParts): Event {
  return {
    accessToken: { customClaims, scope: [...(guesses.accessTokenScopeFollowsTarget ? target : varying.scopes)] },
    ...fixed,
    request: varying.request,
    secrets,
    transaction: {
      ...(varying.correlation_id === undefined ? {} : { correlation_id: varying.correlation_id }),
      requested_scopes: [...varying.requested_scopes],
      ...(guesses.targetScopesAlwaysPresent && { target_scopes: [...target] }),
    },
  }
}
