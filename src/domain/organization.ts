import type { TokenQuota } from './token-quota.ts'

/** An organization as the Management API spells it. */
export interface Organization {
  readonly id: string
  readonly name: string
  readonly display_name?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly token_quota?: TokenQuota | null
}

/** That a client grant may be used for an organization. @see Auth0 Docs, Management API "Associate a client grant with an organization" */
export interface OrganizationClientGrant {
  /** {@link organizationGrantKey} of the two. */
  readonly id: string
  readonly organization_id: string
  readonly grant_id: string
}

/** The organization a client's tokens are for when the request names none. */
export interface DefaultOrganization {
  readonly organization_id: string
  /** The grant types it holds for; `client_credentials` is the one there is. */
  readonly flows: readonly string[]
}

/** The key of an association. Neither id holds a space, so no two pairs share a key. */
export function organizationGrantKey(organization_id: string, grant_id: string): string {
  return `${organization_id} ${grant_id}`
}
