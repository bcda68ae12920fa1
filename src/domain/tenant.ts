import type { TokenQuota } from './client.ts'

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
  readonly default_token_quota?: {
    readonly clients?: TokenQuota
    readonly organizations?: TokenQuota
  }
  readonly flags?: Readonly<Record<string, boolean>>
}
