import { setImmediate } from 'node:timers/promises'
import type { ClientGrant, KnownClient, TenantSnapshot } from '../domain/index.ts'
import { federate, knownClient } from './known-clients.ts'
import { LayeredMap } from './layered-map.ts'
import { audienceKeys, isForClients, readBound, readChanges, type SnapshotReading } from './snapshot-changes.ts'
import { audienceAliases, readDomains, withAliases } from './snapshot-domains.ts'
import type { Collection, Store, Stored } from './store.ts'

/** Which tenant is read, and the host of the issuer. */
export interface SnapshotSource {
  readonly store: Store
  readonly tenant: string
  readonly domain: string
}

/**
 * Reads a tenant's whole configuration as one {@link TenantSnapshot}: consistent, because what was changed while it was read is read again.
 * Throws for a binding whose action has no deployed version: such a trigger must not run without it.
 */
export function readSnapshot(store: Store, tenant: string, domain: string): Promise<TenantSnapshot> {
  return snapshotReader({ store, tenant, domain })()
}

/**
 * Reads snapshots one after the other, each as {@link readSnapshot} would. Only what was changed since the one before is read, as long as the
 * store can tell: records that were not changed are the same objects, and with no change at all the snapshot is the same one. One at a time.
 */
export function snapshotReader(source: SnapshotSource): () => Promise<TenantSnapshot> {
  const { store } = source
  let last: SnapshotReading | undefined
  return async () => {
    for (;;) {
      const now = await store.revision()
      if (last?.snapshot.revision === now) return last.snapshot
      const changes = last && (await store.changesSince(last.snapshot.revision))
      const revision = changes?.revision ?? now
      try {
        const changed = last && changes && (await readChanges(last, changes, source))
        last = changed ?? (await readAll(revision, source))
      } catch (error) {
        // Half of a change may be what is wrong with it.
        if ((await store.revision()) === revision) throw error
      }
    }
  }
}

async function readAll(revision: number, { store, tenant, domain }: SnapshotSource): Promise<SnapshotReading> {
  const credentials = await keyed(store.clientCredentials, ({ id }) => id)
  const secrets = await keyed(store.clientSecrets, ({ client_id }) => client_id)
  const clients = new Map<string, KnownClient>()
  for await (const records of pages(store.clients)) {
    for (const client of records) {
      const { client_id } = client
      clients.set(
        client_id,
        knownClient(client, secrets.get(client_id), (id) => credentials.get(id)),
      )
    }
  }
  const federated = federate(undefined, [], clients.values())
  const grants = await keyed(store.clientGrants, ({ id }) => id, isForClients)
  const domains = await readDomains(store, domain)
  const apis = await keyed(store.resourceServers, ({ identifier }) => identifier)
  const aliases = audienceAliases(domains, domain, apis)
  const clientGrants = new Map<string, ClientGrant>()
  for (const grant of grants.values()) for (const key of audienceKeys(grant, aliases)) clientGrants.set(key, grant)
  const organizations = await keyed(store.organizations, ({ id }) => id)
  const snapshot = Object.freeze({
    revision,
    tenant: { id: tenant },
    settings: (await store.settings.get(tenant)) ?? {},
    domains,
    clients: LayeredMap.of(clients),
    ...(federated !== undefined && { federated }),
    resourceServers: withAliases(apis, aliases),
    clientGrants: LayeredMap.of(clientGrants),
    organizations: LayeredMap.of(organizations),
    organizationsByName: LayeredMap.of(new Map([...organizations.values()].map((one) => [one.name, one]))),
    organizationGrants: new Set((await keyed(store.organizationClientGrants, ({ id }) => id)).keys()),
    bound: await readBound(store),
  })
  const owners = new Map([...credentials.values()].map(({ id, client_id }) => [id, client_id]))
  return { snapshot, grants: LayeredMap.of(grants), credentialOwners: LayeredMap.of(owners), aliases }
}

/** Records read at once: few enough that an exchange which comes meanwhile is not kept waiting. */
const readAtOnce = 250

async function* pages<T>(collection: Pick<Collection<T>, 'page'>): AsyncGenerator<readonly Stored<T>[], void> {
  for (let after = 0; ; ) {
    const rows = await collection.page({ after, limit: readAtOnce })
    yield rows.map(({ record }) => record)
    const last = rows.at(-1)
    if (last === undefined || rows.length < readAtOnce) return
    after = last.position
    await setImmediate()
  }
}

/** Records by a key of theirs, in order of creation. */
async function keyed<T>(
  collection: Pick<Collection<T>, 'page'>,
  keyOf: (record: T) => string,
  matches: (record: T) => boolean = () => true,
): Promise<Map<string, Stored<T>>> {
  const found = new Map<string, Stored<T>>()
  for await (const records of pages(collection)) {
    for (const record of records) if (matches(record)) found.set(keyOf(record), record)
  }
  return found
}
