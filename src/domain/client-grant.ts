import type { ResourceServer } from './resource-server.ts'
import { commonScopes, type Scope } from './scope.ts'

/** How a client grant treats the `organization` parameter. */
export type OrganizationUsage = 'deny' | 'allow' | 'require'

/** Which scopes a client may hold at an audience. One record per client, audience and subject type. */
export interface ClientGrant {
  readonly id: string
  readonly client_id: string
  readonly audience: string
  readonly scope: readonly Scope[]
  readonly allow_all_scopes?: boolean
  readonly subject_type?: 'client' | 'user'
  readonly organization_usage?: OrganizationUsage
  readonly allow_any_organization?: boolean
}

/**
 * The most a token of this client grant may carry: its scopes that the API still defines, in the grant's order;
 * every scope of the API where the grant says `allow_all_scopes`.
 *
 * @see Auth0 Docs, "Application Access to APIs: Client Grants"
 */
export function scopeCeiling(grant: ClientGrant, api: ResourceServer): readonly Scope[] {
  const defined = (api.scopes ?? []).map((scope) => scope.value)
  return grant.allow_all_scopes === true ? defined : commonScopes(grant.scope, defined)
}
