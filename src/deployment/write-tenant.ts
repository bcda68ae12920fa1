import {
  type Binding,
  type Client,
  type ClientGrant,
  credentialsExchange,
  type Organization,
  type ResourceServer,
  type TenantSettings,
} from '../domain/index.ts'
import type { ClientSecretDigests } from '../keys/index.ts'
import { type Change, type ChangeOf, type RecordKind, type RecordKinds, recordKinds } from '../storage/index.ts'
import { type ActionSource, type DeploymentPorts, deployChanges } from './deploy.ts'

/** A tenant's whole configuration: what the store is to hold, and nothing beside it. */
export interface TenantConfiguration {
  readonly settings: TenantSettings
  readonly clients: readonly {
    readonly client: Client
    /** Takes the place of what is stored. */
    readonly fixedSecret?: string
    /** For a client that has none yet. */
    readonly newSecret?: string
  }[]
  readonly resourceServers: readonly ResourceServer[]
  readonly clientGrants: readonly ClientGrant[]
  readonly organizations: readonly Organization[]
  readonly actions: readonly ActionSource[]
  readonly bindings: readonly Binding[]
}

export interface WritePorts extends DeploymentPorts {
  readonly digests: ClientSecretDigests
  /** The tenant's id. */
  readonly tenant: string
}

/** The context a client secret is sealed under. */
function clientSecretContext(client_id: string): string {
  return `clientSecrets:${client_id}`
}

/**
 * Makes the store hold a configuration: one commit, all of it or nothing. Records the configuration lacks are deleted; those that are equal
 * are left alone, so their revisions tell what really changed. Answers how many changes it took.
 */
export async function writeTenant(configuration: TenantConfiguration, ports: WritePorts): Promise<number> {
  const { tenant } = ports
  const changes: Change[] = [
    ...(await diff('settings', [{ ...configuration.settings, tenant }], ports)),
    // Deletions come first: a name may move from one record to another.
    ...(await deletions(
      'actions',
      configuration.actions.map(({ id }) => id),
      ports,
    )),
    ...(await versionDeletions(configuration.actions, ports)),
    ...(await deletions(
      'clientSecrets',
      configuration.clients.map(({ client }) => client.client_id),
      ports,
    )),
    ...(await diff(
      'clients',
      configuration.clients.map(({ client }) => client),
      ports,
    )),
    ...(await diff('resourceServers', configuration.resourceServers, ports)),
    ...(await diff('clientGrants', configuration.clientGrants, ports)),
    ...(await diff('organizations', configuration.organizations, ports)),
  ]
  for (const { client, fixedSecret, newSecret } of configuration.clients) {
    changes.push(...(await secretChanges(client.client_id, fixedSecret, newSecret, ports)))
  }
  for (const action of configuration.actions) changes.push(...(await deployChanges(action, ports)))
  changes.push(...(await bindingChanges(configuration.bindings, ports)))
  if (changes.length > 0) await ports.store.commit(changes)
  return changes.length
}

type WholeKind = 'settings' | 'clients' | 'resourceServers' | 'clientGrants' | 'organizations'

async function diff<K extends WholeKind>(
  kind: K,
  wanted: readonly RecordKinds[K][],
  ports: WritePorts,
): Promise<readonly ChangeOf<K>[]> {
  const key = (value: object): string => String(Reflect.get(value, recordKinds[kind].key))
  const changes: ChangeOf<K>[] = [...(await deletions(kind, wanted.map(key), ports))]
  for (const value of wanted) {
    const stored = await ports.store[kind].get(key(value))
    if (stored === undefined) {
      changes.push({ kind, create: value })
      continue
    }
    const { revision, ...before } = stored
    if (canonical(before) === canonical(value)) continue
    changes.push({ kind, key: key(value), revision, replace: value })
  }
  return changes
}

async function deletions<K extends RecordKind>(
  kind: K,
  kept: readonly string[],
  { store }: WritePorts,
): Promise<readonly ChangeOf<K>[]> {
  const keep = new Set(kept)
  const stored: readonly object[] = await store[kind].list()
  return stored
    .map((record) => String(Reflect.get(record, recordKinds[kind].key)))
    .filter((key) => !keep.has(key))
    .map((key) => ({ kind, delete: key }))
}

async function versionDeletions(actions: readonly ActionSource[], { store }: WritePorts): Promise<readonly Change[]> {
  const keep = new Set(actions.map(({ id }) => id))
  const versions = await store.actionVersions.list()
  return versions
    .filter(({ action_id }) => !keep.has(action_id))
    .map(({ id }) => ({ kind: 'actionVersions', delete: id }))
}

async function secretChanges(
  client_id: string,
  fixedSecret: string | undefined,
  newSecret: string | undefined,
  { store, sealer, digests, clock }: WritePorts,
): Promise<readonly Change[]> {
  const secret = fixedSecret ?? newSecret
  if (secret === undefined) return []
  const context = clientSecretContext(client_id)
  const stored = await store.clientSecrets.get(client_id)
  if (stored !== undefined && (fixedSecret === undefined || sealer.open(stored.sealed, context) === secret)) return []
  const record = {
    client_id,
    sealed: sealer.seal(secret, context),
    digest: Buffer.from(digests.digest(secret)).toString('base64url'),
    created_at: new Date(clock()).toISOString(),
  }
  return stored === undefined
    ? [{ kind: 'clientSecrets', create: record }]
    : [{ kind: 'clientSecrets', key: client_id, revision: stored.revision, replace: record }]
}

async function bindingChanges(bindings: readonly Binding[], { store }: WritePorts): Promise<readonly Change[]> {
  const wanted = { trigger_id: credentialsExchange, bindings }
  const stored = await store.triggerBindings.get(credentialsExchange)
  if (stored === undefined) return [{ kind: 'triggerBindings', create: wanted }]
  const order = (list: readonly Binding[]) =>
    canonical(list.map(({ action_id, display_name }) => [action_id, display_name]))
  // Their ids are new each time they are written, so an order that is the same is not written.
  if (order(stored.bindings) === order(bindings)) return []
  return [{ kind: 'triggerBindings', key: credentialsExchange, revision: stored.revision, replace: wanted }]
}

/** JSON with sorted keys: equal for equal values, whatever the order they were written in. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** A client that can ask for tokens, with its secret in the clear: for whoever owns the server. */
export interface IssuableClient {
  readonly name: string
  readonly client_id: string
  readonly client_secret: string
  /** Sorted. */
  readonly audiences: readonly string[]
}

/** The stored clients that have a secret, in order of creation. */
export async function readIssuableClients({
  store,
  sealer,
}: Pick<WritePorts, 'store' | 'sealer'>): Promise<readonly IssuableClient[]> {
  const [clients, grants] = await Promise.all([store.clients.list(), store.clientGrants.list()])
  const known = await Promise.all(
    clients.map(async ({ client_id, name }) => {
      const secret = await store.clientSecrets.get(client_id)
      if (secret === undefined) return undefined
      const audiences = grants.filter((grant) => grant.client_id === client_id).map(({ audience }) => audience)
      const client_secret = sealer.open(secret.sealed, clientSecretContext(client_id))
      return { name, client_id, client_secret, audiences: audiences.toSorted() }
    }),
  )
  return known.filter((client) => client !== undefined)
}
