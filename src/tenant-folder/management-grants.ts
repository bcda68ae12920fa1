import { managementScopes, type ResourceServer } from '../domain/index.ts'
import type { FolderGrant } from './folder-tenant.ts'

/**
 * Grants of other tenants' Management APIs as grants of this server's own, with the scopes that it has; none where the store has no such API. One
 * that keeps no scope is left out, and so is a second one for the same client.
 */
export function ownManagementGrants(
  grants: readonly FolderGrant[],
  existing: readonly Pick<ResourceServer, 'identifier' | 'is_system'>[],
): readonly FolderGrant[] {
  const api = existing.find(({ is_system }) => is_system === true)
  if (api === undefined) return []
  const taken = new Set<string>()
  return grants.flatMap((grant) => {
    const scope = managementScopesOf(grant.scope)
    if (taken.has(grant.client) || (scope.length === 0 && grant.allow_all_scopes !== true)) return []
    taken.add(grant.client)
    return [{ ...grant, audience: api.identifier, scope }]
  })
}

/** Those of some scopes that this server's Management API has. */
export function managementScopesOf(scopes: readonly string[]): readonly string[] {
  const known = new Set(managementScopes)
  return scopes.filter((scope) => known.has(scope))
}
