import type { TokenQuota } from './token-quota.ts'

/** A tenant: for now one a server. `id` is its name, and what actions read as `event.tenant.id`. */
export interface Tenant {
  readonly id: string
}

/**
 * A tenant's settings as the Management API spells them. Keys the server does not act on are kept beside these.
 *
 * @see Auth0 Docs, "Management API: tenant settings"
 */
export interface TenantSettings {
  readonly friendly_name?: string
  /** The API identifier a token request gets when it names no audience. */
  readonly default_audience?: string
  /** Whether a token request may name its API by `resource` (RFC 8707) too: `compatibility`, or by `audience` alone. */
  readonly resource_parameter_profile?: 'audience' | 'compatibility'
  /** What holds for each client and each organization that has no quota of its own. */
  readonly default_token_quota?: {
    readonly clients?: TokenQuota | null
    readonly organizations?: TokenQuota | null
  } | null
  /** Whether a request may name an organization by its name, and tokens carry `org_name`. */
  readonly allow_organization_name_in_authentication_api?: boolean
  readonly flags?: Readonly<Record<string, boolean>>
}
