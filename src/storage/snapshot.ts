import { type BoundVersion, credentialsExchange, grantKey, type TenantSnapshot } from '../domain/index.ts'
import { knownClients } from './known-clients.ts'
import type { RecordKinds } from './records.ts'
import type { Store, Stored } from './store.ts'

/**
 * Reads a tenant's whole configuration as one {@link TenantSnapshot}: consistent, because it is read again when the store changed meanwhile.
 * Throws for a binding whose action has no deployed version: such a trigger must not run without it.
 */
export async function readSnapshot(store: Store, tenant: string, domain: string): Promise<TenantSnapshot> {
  for (;;) {
    const revision = await store.revision()
    const snapshot = await readAt(revision, store, tenant, domain)
    if ((await store.revision()) === revision) return snapshot
  }
}

async function readAt(revision: number, store: Store, tenant: string, domain: string): Promise<TenantSnapshot> {
  const [settings, clients, secrets, credentials, apis, grants, organizations, associations, actions, trigger] =
    await Promise.all([
      store.settings.get(tenant),
      store.clients.list(),
      store.clientSecrets.list(),
      store.clientCredentials.list(),
      store.resourceServers.list(),
      store.clientGrants.list(),
      store.organizations.list(),
      store.organizationClientGrants.list(),
      store.actions.list(),
      store.triggerBindings.get(credentialsExchange),
    ])
  return Object.freeze({
    revision,
    tenant: { id: tenant },
    settings: settings ?? {},
    domains: new Map([[domain, undefined]]),
    ...knownClients(clients, secrets, credentials),
    resourceServers: new Map(apis.map((api) => [api.identifier, api])),
    clientGrants: new Map(
      grants
        .filter(({ subject_type }) => (subject_type ?? 'client') === 'client')
        .map((grant) => [grantKey(grant.client_id, grant.audience), grant]),
    ),
    organizations: new Map(organizations.map((organization) => [organization.id, organization])),
    organizationsByName: new Map(organizations.map((organization) => [organization.name, organization])),
    organizationGrants: new Set(associations.map(({ id }) => id)),
    bound: Object.freeze(await readBound(store, actions, trigger)),
  })
}

async function readBound(
  store: Store,
  actions: readonly Stored<RecordKinds['actions']>[],
  trigger: RecordKinds['triggerBindings'] | undefined,
): Promise<readonly BoundVersion[]> {
  const byId = new Map(actions.map((action) => [action.id, action]))
  return Promise.all(
    (trigger?.bindings ?? []).map(async ({ id, action_id }) => {
      const action = byId.get(action_id)
      const version_id = action?.deployed_version_id
      const version = version_id === undefined ? undefined : await store.actionVersions.get(version_id)
      if (action === undefined || version === undefined) {
        throw new Error(`the binding "${id}" leads to no deployed version of an action: "${action?.name ?? action_id}"`)
      }
      return {
        binding_id: id,
        action_id,
        action_name: action.name,
        version_id: version.id,
        number: version.number,
      }
    }),
  )
}
