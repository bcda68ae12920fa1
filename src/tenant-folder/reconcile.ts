import {
  type Binding,
  type Client,
  type ClientGrant,
  defaultGrantTypes,
  limits,
  type Organization,
  type ResourceServer,
  type TenantSettings,
} from '../domain/index.ts'
import type { FolderAction, FolderClient, FolderGrant, FolderModule, FolderTenant } from './folder-tenant.ts'

/** What the store holds: whatever a folder's objects can be matched with. */
export interface Existing {
  readonly clients: readonly Client[]
  readonly resourceServers: readonly ResourceServer[]
  readonly clientGrants: readonly ClientGrant[]
  readonly organizations: readonly Organization[]
  readonly actions: readonly StoredByName[]
  readonly modules: readonly StoredByName[]
}

interface StoredByName {
  readonly id: string
  readonly name: string
  readonly created_at: string
}

/** Makes what a folder lacks: fresh ids and client secrets, and the time as RFC 3339 has it. */
export interface Make {
  clientId(): string
  clientSecret(): string
  resourceServerId(): string
  grantId(): string
  organizationId(): string
  actionId(): string
  moduleId(): string
  bindingId(): string
  now(): string
}

/** A client to store, and its client secret where it is known: fixed by the file, or new because the client is. */
export interface ReconciledClient {
  readonly client: Client
  /** The file's own. It takes the place of what is stored. */
  readonly fixedSecret?: string
  /** Made for a client that the store does not hold. */
  readonly newSecret?: string
}

/** An action to store: its draft with the secrets in the clear. The caller seals them and makes the version. */
export interface ReconciledAction extends Omit<FolderAction, Placement> {
  readonly id: string
  readonly created_at: string
}

/** A module to store, likewise. */
export interface ReconciledModule extends Omit<FolderModule, Placement> {
  readonly id: string
  readonly created_at: string
}

type Placement = 'place' | 'codeFile' | 'listPlaces'

/** The records a folder asks for, each with an id. What the store holds beyond them, the folder does not name. */
export interface ReconciledTenant {
  readonly settings: TenantSettings
  readonly clients: readonly ReconciledClient[]
  readonly resourceServers: readonly ResourceServer[]
  readonly clientGrants: readonly ClientGrant[]
  readonly organizations: readonly Organization[]
  readonly modules: readonly ReconciledModule[]
  readonly actions: readonly ReconciledAction[]
  /** The credentials-exchange trigger, in order. Bindings are new each time, as they are after each PATCH of Auth0's. */
  readonly bindings: readonly Binding[]
}

/**
 * What a new API has unless its file says otherwise, but for `signing_alg`, where the folder and Auth0 agree on RS256.
 *
 * @see Auth0 Docs, Management API "Create a resource server"
 */
const resourceServerDefaults = {
  allow_offline_access: false,
  skip_consent_for_verifiable_first_party_clients: false,
  token_lifetime: limits.tokenLifetimeSeconds,
  token_lifetime_for_web: 7_200,
  signing_alg: 'RS256',
}

const subjectTypeDefaults = {
  client: { policy: 'require_client_grant' },
  user: { policy: 'allow_all' },
} as const

/**
 * Joins a folder with what the store holds, so that ids survive an edit and a restart: clients, organizations, modules and
 * actions are matched by name, APIs by identifier, client grants by client, audience and subject type; a client whose file fixes
 * its `client_id`, by that.
 *
 * Pure but for `make`. Seals nothing, makes no version, deletes nothing. A defect when the folder was not read without
 * errors: a reference that leads nowhere throws.
 */
export function reconcile(folder: FolderTenant, existing: Existing, make: Make): ReconciledTenant {
  const clients = reconcileClients(folder.clients, existing.clients, make)
  const storedActions = firstBy(existing.actions, ({ name }) => name)
  const actions = folder.actions.map((action) =>
    reconcileCode(action, storedActions.get(action.name), make.actionId, make),
  )
  const storedModules = firstBy(existing.modules, ({ name }) => name)
  const modules = (folder.modules ?? []).map((module) =>
    reconcileCode(module, storedModules.get(module.name), make.moduleId, make),
  )
  const storedApis = firstBy(existing.resourceServers, ({ identifier }) => identifier)
  const storedOrganizations = firstBy(existing.organizations, ({ name }) => name)
  const now = make.now()
  return {
    settings: folder.settings,
    clients: clients.map(({ reconciled }) => reconciled),
    resourceServers: folder.resourceServers.map(({ place, ...api }) => ({
      ...resourceServerDefaults,
      ...api,
      subject_type_authorization: {
        ...subjectTypeDefaults,
        ...api.subject_type_authorization,
        client: { ...subjectTypeDefaults.client, ...api.subject_type_authorization?.client },
      },
      id: storedApis.get(api.identifier)?.id ?? make.resourceServerId(),
    })),
    clientGrants: reconcileGrants(folder.clientGrants, clients, existing.clientGrants, make),
    organizations: folder.organizations.map(({ place, ...organization }) => ({
      ...organization,
      id: storedOrganizations.get(organization.name)?.id ?? make.organizationId(),
    })),
    modules,
    actions,
    bindings: folder.bindings.map(({ action_name, display_name }) => {
      const action = actions.find(({ name }) => name === action_name)
      if (action === undefined) throw new Error(`no action named ${JSON.stringify(action_name)} to bind`)
      return { id: make.bindingId(), action_id: action.id, display_name, created_at: now, updated_at: now }
    }),
  }
}

interface NamedClient {
  readonly folder: FolderClient
  readonly reconciled: ReconciledClient
}

function reconcileClients(
  folder: readonly FolderClient[],
  existing: readonly Client[],
  make: Make,
): readonly NamedClient[] {
  // An id that one file fixes is not for another file's client, whatever the store calls it.
  const fixed = new Set(folder.map((client) => client.client_id))
  const storedById = firstBy(existing, (client) => client.client_id)
  const storedByName = firstBy(
    existing.filter((client) => !fixed.has(client.client_id)),
    (client) => client.name,
  )
  return folder.map((each) => {
    const { place, client_id, client_secret, ...members } = each
    const stored = client_id === undefined ? storedByName.get(each.name) : storedById.get(client_id)
    const client = {
      ...members,
      grant_types: each.grant_types ?? grantTypesOf(each),
      client_id: client_id ?? stored?.client_id ?? make.clientId(),
    }
    if (client_secret !== undefined) return { folder: each, reconciled: { client, fixedSecret: client_secret } }
    if (stored === undefined) return { folder: each, reconciled: { client, newSecret: make.clientSecret() } }
    return { folder: each, reconciled: { client } }
  })
}

/** @see Auth0 Docs, "Application Grant Types": a public client cannot hold `client_credentials`, an API's own client holds none */
function grantTypesOf(client: FolderClient): readonly string[] {
  if (client.app_type === 'resource_server') return []
  if (client.token_endpoint_auth_method === 'none')
    return defaultGrantTypes.filter((grantType) => grantType !== 'client_credentials')
  return defaultGrantTypes
}

function reconcileGrants(
  folder: readonly FolderGrant[],
  clients: readonly NamedClient[],
  existing: readonly ClientGrant[],
  make: Make,
): readonly ClientGrant[] {
  const byName = firstBy(clients, (client) => client.folder.name)
  const byFixedId = firstBy(clients, (client) => client.folder.client_id)
  const keyOf = (client_id: string, audience: string, subject_type = 'client') =>
    JSON.stringify([client_id, audience, subject_type])
  const stored = firstBy(existing, (grant) => keyOf(grant.client_id, grant.audience, grant.subject_type))
  return folder.map(({ place, client: named, subject_type = 'client', ...members }) => {
    const owner = byName.get(named) ?? byFixedId.get(named)
    if (owner === undefined) throw new Error(`no client named ${JSON.stringify(named)} to grant`)
    const { client_id } = owner.reconciled.client
    const id = stored.get(keyOf(client_id, members.audience, subject_type))?.id ?? make.grantId()
    return { ...members, subject_type, client_id, id }
  })
}

function reconcileCode<T extends FolderModule>(
  folder: T,
  stored: StoredByName | undefined,
  makeId: () => string,
  make: Make,
): Omit<T, Placement> & Pick<StoredByName, 'id' | 'created_at'> {
  const { place, codeFile, listPlaces, ...members } = folder
  return { ...members, id: stored?.id ?? makeId(), created_at: stored?.created_at ?? make.now() }
}

function firstBy<T>(list: readonly T[], keyOf: (each: T) => string | undefined): ReadonlyMap<string | undefined, T> {
  const first = new Map<string | undefined, T>()
  for (const each of list) {
    const key = keyOf(each)
    if (!first.has(key)) first.set(key, each)
  }
  return first
}
