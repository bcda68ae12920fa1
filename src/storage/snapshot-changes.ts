import {
  type BoundVersion,
  type ClientGrant,
  credentialsExchange,
  grantKey,
  type KnownClient,
  managementAudience,
  type TenantSnapshot,
} from '../domain/index.ts'
import { federate, knownClient } from './known-clients.ts'
import { LayeredMap } from './layered-map.ts'
import type { RecordKind, RecordKinds } from './records.ts'
import type { SnapshotSource } from './snapshot.ts'
import type { AudienceAliases } from './snapshot-domains.ts'
import type { ChangedRecords, Store } from './store.ts'

/** A snapshot, and what else it takes to make the next one out of it. Whatever was not changed after its revision is as it was then. */
export interface SnapshotReading {
  readonly snapshot: TenantSnapshot
  /** Those for clients, by id. */
  readonly grants: LayeredMap<string, ClientGrant>
  /** The client of each credential that is stored, by the credential's id. */
  readonly credentialOwners: LayeredMap<string, string>
  readonly aliases: AudienceAliases
}

type Part =
  | 'settings'
  | 'clients'
  | 'credentials'
  | 'resourceServers'
  | 'grants'
  | 'organizations'
  | 'associations'
  | 'domains'
  | 'bound'
  | 'nothing'

/** What of a snapshot is made of the records of each kind. */
const partOf: Readonly<Record<RecordKind, Part>> = {
  meta: 'nothing',
  settings: 'settings',
  clients: 'clients',
  clientSecrets: 'clients',
  clientCredentials: 'credentials',
  credentialUses: 'nothing',
  resourceServers: 'resourceServers',
  clientGrants: 'grants',
  organizations: 'organizations',
  organizationClientGrants: 'associations',
  actions: 'bound',
  actionVersions: 'bound',
  actionModules: 'nothing',
  actionModuleVersions: 'nothing',
  bundles: 'nothing',
  triggerBindings: 'bound',
  customDomains: 'domains',
  signingKeys: 'nothing',
  // By the API's id: an exchange under way ends with the secret it began with, because the API is another object from then on.
  signingSecrets: 'resourceServers',
  logStreams: 'nothing',
  revokedTokens: 'nothing',
}

/**
 * The reading that comes after `last`, with only the changed records read. `undefined` when a change reaches further than can be told here:
 * everything has to be read then.
 */
export async function readChanges(
  last: SnapshotReading,
  { revision, records }: ChangedRecords,
  source: SnapshotSource,
): Promise<SnapshotReading | undefined> {
  const { store, tenant } = source
  const changed = new Map<Part, Set<string>>()
  for (const { kind, key } of records) {
    const part: Part | undefined = partOf[kind]
    if (part === undefined) return undefined
    changed.set(part, (changed.get(part) ?? new Set()).add(key))
  }
  // Hardly ever, and APIs and grants go by them.
  if (changed.has('domains')) return undefined
  const keys = (part: Part): ReadonlySet<string> => changed.get(part) ?? new Set()
  const resourceServers = await changedResourceServers(last, keys('resourceServers'), store)
  if (resourceServers === undefined) return undefined
  const { federated: _before, ...kept } = last.snapshot
  const { federated, clients, credentialOwners } = await changedClients(
    last,
    keys('clients'),
    keys('credentials'),
    store,
  )
  const grants = await changedGrants(last, keys('grants'), store)
  if (grants === undefined) return undefined
  const snapshot = Object.freeze({
    ...kept,
    revision,
    ...(changed.has('settings') && { settings: (await store.settings.get(tenant)) ?? {} }),
    clients,
    ...(federated !== undefined && { federated }),
    resourceServers,
    clientGrants: grants.byAudience,
    ...(await changedOrganizations(last, keys('organizations'), store)),
    organizationGrants: await changedAssociations(last, keys('associations'), store),
    ...(changed.has('bound') && { bound: sameOr(last.snapshot.bound, await readBound(store)) }),
  })
  return { snapshot, grants: grants.byId, credentialOwners, aliases: last.aliases }
}

async function changedClients(
  { snapshot, credentialOwners }: SnapshotReading,
  ids: ReadonlySet<string>,
  credentialIds: ReadonlySet<string>,
  store: Store,
): Promise<Pick<TenantSnapshot, 'clients' | 'federated'> & Pick<SnapshotReading, 'credentialOwners'>> {
  const touched = new Set(ids)
  const owners = new Map<string, string | undefined>()
  for (const id of credentialIds) {
    const owner = (await store.clientCredentials.get(id))?.client_id
    for (const client_id of [owner, credentialOwners.get(id)]) if (client_id !== undefined) touched.add(client_id)
    owners.set(id, owner)
  }
  const known = new Map<string, KnownClient | undefined>()
  for (const client_id of touched) known.set(client_id, await readClient(client_id, store))
  const before = [...touched].flatMap((client_id) => snapshot.clients.get(client_id) ?? [])
  const after = [...known.values()].filter((one) => one !== undefined)
  const federated = federate(snapshot.federated, before, after)
  return {
    clients: LayeredMap.of(snapshot.clients).with(known),
    ...(federated !== undefined && { federated }),
    credentialOwners: credentialOwners.with(owners),
  }
}

async function readClient(client_id: string, store: Store): Promise<KnownClient | undefined> {
  const client = await store.clients.get(client_id)
  if (client === undefined) return undefined
  const secret = await store.clientSecrets.get(client_id)
  const hasMethods = client.client_authentication_methods != null
  const own = hasMethods ? await store.clientCredentials.list({ where: { field: 'client_id', value: client_id } }) : []
  return knownClient(client, secret, (id) => own.find((credential) => credential.id === id))
}

/** `undefined` when the Management API is among them, or one that has the audience of a custom domain: other parts go by those. */
async function changedResourceServers(
  { snapshot: { resourceServers, domains } }: SnapshotReading,
  ids: ReadonlySet<string>,
  store: Store,
): Promise<TenantSnapshot['resourceServers'] | undefined> {
  if (ids.size === 0) return resourceServers
  const changed = new Map([...resourceServers].filter(([, { id }]) => !ids.has(id)))
  const touched = [...resourceServers.values()].filter(({ id }) => ids.has(id))
  for (const id of ids) {
    const api = await store.resourceServers.get(id)
    if (api === undefined) continue
    changed.set(api.identifier, api)
    touched.push(api)
  }
  const reserved = new Set([...domains.keys()].map(managementAudience))
  const isFar = touched.some(({ is_system, identifier }) => is_system === true || reserved.has(identifier))
  return isFar ? undefined : changed
}

/** `undefined` when a default grant is among them, which has no client to be found by. */
async function changedGrants(
  { snapshot, grants, aliases }: SnapshotReading,
  ids: ReadonlySet<string>,
  store: Store,
): Promise<
  { readonly byId: SnapshotReading['grants']; readonly byAudience: TenantSnapshot['clientGrants'] } | undefined
> {
  const found = new Map<string, ClientGrant | undefined>()
  for (const id of ids) {
    const grant = await store.clientGrants.get(id)
    found.set(id, grant !== undefined && isForClients(grant) ? grant : undefined)
  }
  const byId = grants.with(found)
  const byKey = new Map<string, ClientGrant | undefined>()
  const touched = [...ids].flatMap((id) => [grants.get(id), byId.get(id)]).filter((grant) => grant !== undefined)
  for (const grant of touched) for (const key of audienceKeys(grant, aliases)) byKey.set(key, undefined)
  for (const client_id of new Set(touched.map((grant) => grant.client_id))) {
    if (client_id === undefined) return undefined
    // In order of creation, as a whole reading has them: of two for one audience the later one holds.
    for (const { id } of await store.clientGrants.list({ where: { field: 'client_id', value: client_id } })) {
      const grant = byId.get(id)
      if (grant !== undefined) for (const key of audienceKeys(grant, aliases)) if (byKey.has(key)) byKey.set(key, grant)
    }
  }
  return { byId, byAudience: LayeredMap.of(snapshot.clientGrants).with(byKey) }
}

async function changedOrganizations(
  { snapshot }: SnapshotReading,
  ids: ReadonlySet<string>,
  store: Store,
): Promise<Pick<TenantSnapshot, 'organizations' | 'organizationsByName'>> {
  const organizations = LayeredMap.of(snapshot.organizations)
  const byId = new Map<string, RecordKinds['organizations'] | undefined>()
  const byName = new Map<string, RecordKinds['organizations'] | undefined>()
  for (const id of ids) {
    const before = organizations.get(id)
    if (before !== undefined) byName.set(before.name, undefined)
    byId.set(id, await store.organizations.get(id))
  }
  // After all that left theirs: a name may have moved from one to another.
  for (const organization of byId.values()) if (organization !== undefined) byName.set(organization.name, organization)
  return {
    organizations: organizations.with(byId),
    organizationsByName: LayeredMap.of(snapshot.organizationsByName).with(byName),
  }
}

async function changedAssociations(
  { snapshot: { organizationGrants } }: SnapshotReading,
  ids: ReadonlySet<string>,
  store: Store,
): Promise<ReadonlySet<string>> {
  if (ids.size === 0) return organizationGrants
  const changed = new Set(organizationGrants)
  for (const id of ids) {
    if ((await store.organizationClientGrants.get(id)) === undefined) changed.delete(id)
    else changed.add(id)
  }
  return changed
}

/** The keys under which a snapshot has a grant. */
export function audienceKeys({ client_id, audience }: ClientGrant, aliases: AudienceAliases): readonly string[] {
  return [audience, ...(aliases.get(audience) ?? [])].map((one) => grantKey(client_id, one))
}

/** Whether a grant is for tokens of a client: those for users are kept for whoever reads them back. */
export function isForClients({ subject_type = 'client' }: ClientGrant): boolean {
  return subject_type === 'client'
}

/** What the trigger runs. Throws for a binding whose action has no deployed version. */
export async function readBound(store: Store): Promise<readonly BoundVersion[]> {
  const trigger = await store.triggerBindings.get(credentialsExchange)
  const bound = (trigger?.bindings ?? []).map(async ({ id, action_id }) => {
    const action = await store.actions.get(action_id)
    const version_id = action?.deployed_version_id
    const version = version_id === undefined ? undefined : await store.actionVersions.get(version_id)
    if (action === undefined || version === undefined)
      throw new Error(`the binding "${id}" leads to no deployed version of an action: "${action?.name ?? action_id}"`)
    return {
      binding_id: id,
      action_id,
      action_name: action.name,
      version_id: version.id,
      number: version.number,
    }
  })
  return Object.freeze(await Promise.all(bound))
}

/** The runner knows a list of versions by the object: an equal one stays the same. */
function sameOr(before: readonly BoundVersion[], after: readonly BoundVersion[]): readonly BoundVersion[] {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after
}
