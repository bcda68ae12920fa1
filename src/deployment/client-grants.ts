import type { ClientGrant } from '../domain/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { unchanged } from './commit.ts'

/**
 * What it takes to delete client grants: they go with their organizations' associations, and not at all when one of them was changed
 * meanwhile, or came to be associated with another organization.
 */
export async function clientGrantDeletions(
  grants: readonly Stored<ClientGrant>[],
  store: Store,
): Promise<readonly Change[]> {
  const changes = grants.map(async (grant): Promise<readonly Change[]> => {
    const where = { field: 'grant_id', value: grant.id }
    const associations = await store.organizationClientGrants.list({ where })
    return [
      unchanged('clientGrants', grant.id, grant),
      ...associations.map(({ id }): Change => ({ kind: 'organizationClientGrants', delete: id })),
      { kind: 'clientGrants', delete: grant.id },
    ]
  })
  return (await Promise.all(changes)).flat()
}
