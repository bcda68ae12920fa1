import {
  type Binding,
  type Client,
  type ClientGrant,
  credentialsExchange,
  type Organization,
  type OrganizationClientGrant,
  type ResourceServer,
  type TenantSettings,
} from '../domain/index.ts'
import type { ClientSecretDigests } from '../keys/index.ts'
import {
  AlreadyExists,
  type Change,
  type ChangeOf,
  type RecordKind,
  type RecordKinds,
  RevisionConflict,
  recordKinds,
} from '../storage/index.ts'
import type { Build, BuildRequest } from './bundler.ts'
import { openClientSecret, secretChanges } from './client-secrets.ts'
import { type CredentialSource, credentialChanges } from './credential-changes.ts'
import { buildPackages } from './draft-builds.ts'
import type { DeploymentPorts } from './ports.ts'
import { demandUsable, type GivenSigningSecret, signingSecretChanges } from './signing-secrets.ts'
import { systemKeys } from './system-records.ts'
import { type ActionSource, planAction } from './tenant-actions.ts'
import {
  type BuildFailure,
  type BuildOnce,
  type ModuleSource,
  type PlannedModule,
  planModule,
} from './tenant-modules.ts'

/** A tenant's whole configuration: what the store is to hold, and nothing beside it. */
export interface TenantConfiguration {
  readonly settings: TenantSettings
  readonly clients: readonly {
    readonly client: Client
    /** Takes the place of what is stored. */
    readonly fixedSecret?: string
    /** For a client that has none yet. */
    readonly newSecret?: string
    /** Those that the client names. Absent is none. */
    readonly credentials?: readonly CredentialSource[]
  }[]
  readonly resourceServers: readonly ResourceServer[]
  /** Of the APIs that sign with HS256, one each. */
  readonly signingSecrets: readonly GivenSigningSecret[]
  readonly clientGrants: readonly ClientGrant[]
  readonly organizations: readonly Organization[]
  readonly organizationClientGrants: readonly OrganizationClientGrant[]
  readonly modules: readonly ModuleSource[]
  readonly actions: readonly ActionSource[]
  readonly bindings: readonly Binding[]
}

/** How writing a configuration ended. One that failed changed nothing. */
export type WrittenTenant =
  | { readonly kind: 'written'; readonly changes: number }
  | { readonly kind: 'not-built'; readonly failures: readonly BuildFailure[] }

export interface WritePorts extends DeploymentPorts {
  readonly digests: ClientSecretDigests
  /** The tenant's id. */
  readonly tenant: string
}

/**
 * Makes the store hold a configuration: one commit, all of it or nothing, after everything that it takes has been built. Records the
 * configuration lacks are deleted, but for modules that a kept version pins; those that are equal are left alone, so their revisions tell
 * what really changed. Refuses an API that no token could be made for.
 */
export async function writeTenant(configuration: TenantConfiguration, ports: WritePorts): Promise<WrittenTenant> {
  const secrets = new Map(configuration.signingSecrets.map((secret) => [secret.resource_server_id, secret]))
  for (const api of configuration.resourceServers) {
    const given = secrets.get(api.id)
    demandUsable(api, given?.fixedSecret ?? given?.newSecret)
  }
  const build = buildOnce(ports)
  for (let attempt = 1; ; attempt += 1) {
    const planned = await plan(configuration, build, ports)
    if (planned.failures.length > 0) return { kind: 'not-built', failures: planned.failures }
    const { changes } = planned
    try {
      if (changes.length > 0) await ports.store.commit(changes)
      return { kind: 'written', changes: changes.length }
    } catch (error) {
      // Somebody else wrote meanwhile. What was built serves the next attempt too.
      if (!(error instanceof RevisionConflict || error instanceof AlreadyExists) || attempt === 5) throw error
    }
  }
}

async function plan(
  configuration: TenantConfiguration,
  build: BuildOnce,
  ports: WritePorts,
): Promise<{ readonly changes: readonly Change[]; readonly failures: readonly BuildFailure[] }> {
  const { tenant } = ports
  const { clients, actions, signingSecrets } = configuration
  const failures: BuildFailure[] = []
  const modules: PlannedModule[] = []
  for (const planned of await Promise.all(configuration.modules.map((source) => planModule(source, build, ports)))) {
    if ('of' in planned) failures.push(planned)
    else modules.push(planned)
  }
  // What an action pins is not known until the modules are.
  if (failures.length > 0) return { changes: [], failures }
  const actionChanges: Change[] = []
  for (const planned of await Promise.all(actions.map((source) => planAction(source, modules, build, ports)))) {
    if ('of' in planned) failures.push(planned)
    else actionChanges.push(...planned)
  }
  if (failures.length > 0) return { changes: [], failures }

  const system = await systemKeys(ports.store)
  const changes: Change[] = [
    ...(await diff('settings', [{ ...configuration.settings, tenant }], ports)),
    // Deletions come first: a name may move from one record to another.
    ...(await actionDeletions(actions, ports)),
    ...(await moduleDeletions(configuration, ports)),
    ...(await deletions('clientSecrets', [...clients.map(({ client }) => client.client_id), ...system.clients], ports)),
    ...(await diff(
      'clients',
      clients.map(({ client }) => client),
      ports,
      system.clients,
    )),
    ...(await diff('resourceServers', configuration.resourceServers, ports, system.resourceServers)),
    ...(await deletions(
      'signingSecrets',
      [...signingSecrets.map(({ resource_server_id }) => resource_server_id), ...system.resourceServers],
      ports,
    )),
    ...(await diff('clientGrants', configuration.clientGrants, ports, system.clientGrants)),
    ...(await diff('organizations', configuration.organizations, ports)),
    ...(await diff('organizationClientGrants', configuration.organizationClientGrants, ports)),
  ]
  changes.push(...(await credentialChanges(clients, system.clients, ports)))
  for (const { client, fixedSecret, newSecret } of clients) {
    changes.push(...(await secretChanges(client.client_id, fixedSecret, newSecret, ports)))
  }
  for (const secret of signingSecrets) changes.push(...(await signingSecretChanges(secret, ports)))
  changes.push(...eachOnce([...modules.flatMap((module) => module.changes), ...actionChanges]))
  changes.push(...(await bindingChanges(configuration.bindings, ports)))
  return { changes, failures }
}

/** Equal code with equal dependencies is built once, however many ask for it and however often. */
function buildOnce({ bundler }: WritePorts): BuildOnce {
  const builds = new Map<string, Promise<Build>>()
  return (request: BuildRequest) => {
    const key = JSON.stringify([request.code, request.dependencies, request.runtime])
    const build = builds.get(key) ?? buildPackages(request, bundler)
    builds.set(key, build)
    return build
  }
}

/** Two actions may share a bundle, and may hold the same module: one record, written once. */
function eachOnce(changes: readonly Change[]): readonly Change[] {
  const seen = new Set<string>()
  return changes.filter((change) => {
    const isHold = change.kind === 'actionModules' && 'replace' in change
    const key = change.kind === 'bundles' && 'create' in change ? change.create.hash : isHold ? change.key : undefined
    if (key === undefined) return true
    const isFirst = !seen.has(key)
    seen.add(key)
    return isFirst
  })
}

async function actionDeletions(actions: readonly ActionSource[], ports: WritePorts): Promise<readonly Change[]> {
  const keep = new Set(actions.map(({ id }) => id))
  const versions = await ports.store.actionVersions.list()
  return [
    ...(await deletions('actions', [...keep], ports)),
    ...versions
      .filter(({ action_id }) => !keep.has(action_id))
      .map(({ id }): Change => ({ kind: 'actionVersions', delete: id })),
  ]
}

async function moduleDeletions(
  { modules, actions }: TenantConfiguration,
  ports: WritePorts,
): Promise<readonly Change[]> {
  const keptActions = new Set(actions.map(({ id }) => id))
  const versions = await ports.store.actionVersions.list()
  const pinned = versions
    .filter(({ action_id }) => keptActions.has(action_id))
    .flatMap((version) => (version.modules ?? []).map(({ module_id }) => module_id))
  const keep = new Set([...modules.map(({ id }) => id), ...pinned])
  const moduleVersions = await ports.store.actionModuleVersions.list()
  return [
    ...(await deletions('actionModules', [...keep], ports)),
    ...moduleVersions
      .filter(({ module_id }) => !keep.has(module_id))
      .map(({ id }): Change => ({ kind: 'actionModuleVersions', delete: id })),
  ]
}

type WholeKind =
  | 'settings'
  | 'clients'
  | 'resourceServers'
  | 'clientGrants'
  | 'organizations'
  | 'organizationClientGrants'

async function diff<K extends WholeKind>(
  kind: K,
  wanted: readonly RecordKinds[K][],
  ports: WritePorts,
  kept: readonly string[] = [],
): Promise<readonly ChangeOf<K>[]> {
  const key = (value: object): string => String(Reflect.get(value, recordKinds[kind].key))
  const changes: ChangeOf<K>[] = [...(await deletions(kind, [...wanted.map(key), ...kept], ports))]
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

async function bindingChanges(bindings: readonly Binding[], ports: WritePorts): Promise<readonly Change[]> {
  const others = await deletions('triggerBindings', [credentialsExchange], ports)
  const wanted = { trigger_id: credentialsExchange, bindings }
  const stored = await ports.store.triggerBindings.get(credentialsExchange)
  if (stored === undefined) return [...others, { kind: 'triggerBindings', create: wanted }]
  const order = (list: readonly Binding[]) =>
    canonical(list.map(({ action_id, display_name }) => [action_id, display_name]))
  // Their ids are new each time they are written, so an order that is the same is not written.
  if (order(stored.bindings) === order(bindings)) return others
  const { revision } = stored
  return [...others, { kind: 'triggerBindings', key: credentialsExchange, revision, replace: wanted }]
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
    clients.map(async ({ client_id, name, client_authentication_methods }) => {
      // It has a secret all the same, which nobody can ask with.
      if (client_authentication_methods != null) return undefined
      const secret = await store.clientSecrets.get(client_id)
      if (secret === undefined) return undefined
      const audiences = grants.filter((grant) => grant.client_id === client_id).map(({ audience }) => audience)
      const client_secret = openClientSecret(secret, sealer)
      return { name, client_id, client_secret, audiences: audiences.toSorted() }
    }),
  )
  return known.filter((client) => client !== undefined)
}
