import type { BoundVersion } from './binding.ts'
import type { Client } from './client.ts'
import type { ClientGrant } from './client-grant.ts'
import type { JsonObject } from './json.ts'
import type { Organization } from './organization.ts'
import type { ResourceServer } from './resource-server.ts'
import type { Scope } from './scope.ts'
import type { Tenant } from './tenant.ts'

/** Where a request came from, as far as it is known. Keys as in `event.request.geoip`. */
export interface Geoip {
  readonly cityName?: string
  readonly continentCode?: string
  readonly countryCode?: string
  readonly countryCode3?: string
  readonly countryName?: string
  readonly latitude?: number
  readonly longitude?: number
  readonly subdivisionCode?: string
  readonly subdivisionName?: string
  readonly timeZone?: string
}

/** The HTTP request behind an exchange, as `event.request` shows it. `body` is without credentials. */
export interface ExchangeRequest {
  readonly body: JsonObject
  readonly geoip: Geoip
  readonly hostname?: string
  readonly ip: string
  readonly language?: string
  readonly method: string
  readonly user_agent?: string
}

/** The custom domain a request came in by. */
export interface CustomDomain {
  readonly domain: string
  readonly domain_metadata: Readonly<Record<string, string>>
}

/** The key that a token is bound to: the `cnf` claim. @see RFC 9449 §6.1 (`jkt`); RFC 8705 §3.1 (`x5t#S256`) */
export type Confirmation = { readonly jkt: string } | { readonly 'x5t#S256': string }

/**
 * The frozen facts of one token request, once the client is known and what it asks for is allowed.
 * Everything in it comes from one snapshot of the tenant; nothing after it reads configuration again.
 */
export interface Exchange {
  readonly request_id: string
  readonly received_at: number
  readonly issuer: string
  readonly tenant: Tenant
  readonly client: Client
  readonly resource_server: ResourceServer
  readonly client_grant: ClientGrant
  readonly organization?: Organization
  /** The token's `org_name`: the organization's name, where the tenant lets requests name organizations. */
  readonly org_name?: string
  readonly custom_domain?: CustomDomain
  /** Scopes named in the request, distinct, in order; empty when none were. */
  readonly requested_scopes: readonly Scope[]
  /** The most the token may carry: what the client grant holds at the API. */
  readonly scope_ceiling: readonly Scope[]
  /** Where the actions begin: the ceiling, or what was requested of it when narrowing is on. */
  readonly initial_scopes: readonly Scope[]
  /** Absent for a token that whoever holds it may use. */
  readonly confirmation?: Confirmation
  readonly correlation_id?: string
  readonly request: ExchangeRequest
  readonly bound: readonly BoundVersion[]
}
