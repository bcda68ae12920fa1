import type { ResourceServer } from './resource-server.ts'
import { commonScopes, type Scope } from './scope.ts'

/** How a client grant treats the `organization` parameter. */
export type OrganizationUsage = 'deny' | 'allow' | 'require'

/** Whose tokens a client grant is for: the client's own, or those of people who use it. */
export const subjectTypes = ['client', 'user', 'anonymous_user'] as const
export type SubjectType = (typeof subjectTypes)[number]

/** Which scopes a client may hold at an audience. One record per client, audience and subject type. */
export interface ClientGrant {
  readonly id: string
  /** Absent in a default grant alone. */
  readonly client_id?: string
  /** Whom a grant without a client is for: those of them that have no grant of their own at the audience. */
  readonly default_for?: 'third_party_clients'
  readonly audience: string
  /** Absent where `allow_all_scopes` is set. */
  readonly scope?: readonly Scope[]
  readonly allow_all_scopes?: boolean
  readonly subject_type?: SubjectType
  readonly authorization_details_types?: readonly string[]
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
  return grant.allow_all_scopes === true ? defined : commonScopes(grant.scope ?? [], defined)
}
