import {
  type Binding,
  type Client,
  type ClientCredential,
  type ClientGrant,
  clientDefaults,
  type Organization,
  type OrganizationClientGrant,
  organizationGrantKey,
  type ResourceServer,
  resourceServerDefaults,
  type TenantSettings,
  withPolicies,
} from '../domain/index.ts'
import type {
  FolderAction,
  FolderClient,
  FolderGrant,
  FolderModule,
  FolderOrganization,
  FolderResourceServer,
  FolderTenant,
} from './folder-tenant.ts'
import { ownManagementGrants } from './management-grants.ts'
import { type ReconciledCredential, reconcileMethods } from './reconcile-methods.ts'

/** What the store holds: whatever a folder's objects can be matched with. */
export interface Existing {
  readonly clients: readonly Client[]
  readonly resourceServers: readonly ResourceServer[]
  readonly clientGrants: readonly ClientGrant[]
  readonly organizations: readonly Organization[]
  /** Absent is none. */
  readonly clientCredentials?: readonly ClientCredential[]
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
  credentialId(): string
  signingSecret(): string
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
  /** Those its `client_authentication_methods` name by their ids. */
  readonly credentials?: readonly ReconciledCredential[]
}

/** What the tokens of an API are signed with (HS256): the file's own secret, and one for an API that has none stored. */
export interface ReconciledSigningSecret {
  readonly resource_server_id: string
  readonly fixedSecret?: string
  readonly newSecret: string
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

type Placement = 'place' | 'codeFile' | 'sourceMap' | 'fault' | 'listPlaces' | 'unsetSecrets'

/** The records a folder asks for, each with an id. What the store holds beyond them, the folder does not name. */
export interface ReconciledTenant {
  readonly settings: TenantSettings
  readonly clients: readonly ReconciledClient[]
  readonly resourceServers: readonly ResourceServer[]
  /** Of the APIs that sign with HS256. */
  readonly signingSecrets: readonly ReconciledSigningSecret[]
  readonly clientGrants: readonly ClientGrant[]
  readonly organizations: readonly Organization[]
  readonly organizationClientGrants: readonly OrganizationClientGrant[]
  readonly modules: readonly ReconciledModule[]
  readonly actions: readonly ReconciledAction[]
  /** The credentials-exchange trigger, in order. Bindings are new each time, as they are after each PATCH of Auth0's. */
  readonly bindings: readonly Binding[]
}

/**
 * Joins a folder with what the store holds, so that ids survive an edit and a restart: clients, organizations, modules and
 * actions are matched by name, APIs by identifier, client grants by client, audience and subject type; a client whose file fixes
 * its `client_id`, by that.
 *
 * Pure but for `make`. Seals nothing, makes no version, deletes nothing. A defect when the folder was not read without
 * errors: a reference that leads nowhere throws.
 */
export function reconcile(folder: FolderTenant, existing: Existing, make: Make): ReconciledTenant {
  const clients = reconcileClients(folder.clients, existing, make)
  const storedActions = firstBy(existing.actions, ({ name }) => name)
  const actions = folder.actions.map((action) =>
    reconcileCode(action, storedActions.get(action.name), make.actionId, make),
  )
  const storedModules = firstBy(existing.modules, ({ name }) => name)
  const modules = (folder.modules ?? []).map((module) =>
    reconcileCode(module, storedModules.get(module.name), make.moduleId, make),
  )
  const apis = reconcileResourceServers(folder.resourceServers, existing.resourceServers, make)
  const managed = ownManagementGrants(folder.managementGrants ?? [], existing.resourceServers)
  const clientGrants = reconcileGrants([...folder.clientGrants, ...managed], clients, existing.clientGrants, make)
  const storedOrganizations = firstBy(existing.organizations, ({ name }) => name)
  const organizationIds = new Map(
    folder.organizations.map(({ name }) => [name, storedOrganizations.get(name)?.id ?? make.organizationId()]),
  )
  const now = make.now()
  return {
    settings: folder.settings,
    clients: clients.map(({ reconciled }) => withOrganizationId(reconciled, organizationIds)),
    resourceServers: apis.map(({ api }) => api),
    signingSecrets: apis.flatMap(({ secret }) => secret ?? []),
    clientGrants,
    organizations: folder.organizations.map(({ place, client_grants, ...organization }) => ({
      ...organization,
      id: idOf(organization.name, organizationIds),
    })),
    organizationClientGrants: reconcileOrganizationGrants(folder.organizations, organizationIds, clients, clientGrants),
    modules,
    actions,
    bindings: folder.bindings.map(({ action_name, display_name }) => {
      const action = actions.find(({ name }) => name === action_name)
      if (action === undefined) throw new Error(`no action named ${JSON.stringify(action_name)} to bind`)
      return { id: make.bindingId(), action_id: action.id, display_name, created_at: now, updated_at: now }
    }),
  }
}

function reconcileResourceServers(
  folder: readonly FolderResourceServer[],
  existing: readonly ResourceServer[],
  make: Make,
): readonly { readonly api: ResourceServer; readonly secret?: ReconciledSigningSecret }[] {
  const stored = firstBy(existing, ({ identifier }) => identifier)
  return folder.map(({ place, signing_secret, ...members }) => {
    if (stored.get(members.identifier)?.is_system === true)
      throw new Error(
        `${place.file}: the identifier ${members.identifier} is that of this server's own Management API; take the API out, or give another DOMAIN`,
      )
    const api = {
      ...resourceServerDefaults,
      ...members,
      subject_type_authorization: withPolicies(members.subject_type_authorization),
      id: stored.get(members.identifier)?.id ?? make.resourceServerId(),
    }
    if (api.signing_alg !== 'HS256') return { api }
    const fixed = signing_secret === undefined ? {} : { fixedSecret: signing_secret }
    return { api, secret: { resource_server_id: api.id, ...fixed, newSecret: make.signingSecret() } }
  })
}

interface NamedClient {
  readonly folder: FolderClient
  readonly reconciled: ReconciledClient
}

function reconcileClients(
  folder: readonly FolderClient[],
  { clients: existing, clientCredentials = [] }: Existing,
  make: Make,
): readonly NamedClient[] {
  const credentialsOf = Map.groupBy(clientCredentials, (credential) => credential.client_id)
  // An id that one file fixes is not for another file's client, whatever the store calls it.
  const fixed = new Set(folder.map((client) => client.client_id))
  const storedById = firstBy(existing, (client) => client.client_id)
  const storedByName = firstBy(
    existing.filter((client) => !fixed.has(client.client_id)),
    (client) => client.name,
  )
  return folder.map((each) => {
    const { place, client_id: fixedId, client_secret, client_authentication_methods, ...members } = each
    const stored = fixedId === undefined ? storedByName.get(each.name) : storedById.get(fixedId)
    const client_id = fixedId ?? stored?.client_id ?? make.clientId()
    const own = credentialsOf.get(client_id) ?? []
    const authentication = reconcileMethods(client_authentication_methods, own, make)
    const { jwt_configuration, ...defaults } = clientDefaults(members)
    const client = {
      ...defaults,
      ...members,
      jwt_configuration: { ...jwt_configuration, ...members.jwt_configuration },
      client_id,
      ...authentication.members,
    }
    const credentials = authentication.credentials.length > 0 && { credentials: authentication.credentials }
    if (client_secret !== undefined)
      return { folder: each, reconciled: { client, ...credentials, fixedSecret: client_secret } }
    if (stored === undefined)
      return { folder: each, reconciled: { client, ...credentials, newSecret: make.clientSecret() } }
    return { folder: each, reconciled: { client, ...credentials } }
  })
}

function reconcileGrants(
  folder: readonly FolderGrant[],
  clients: readonly NamedClient[],
  existing: readonly ClientGrant[],
  make: Make,
): readonly ClientGrant[] {
  const clientNamed = byNameOrId(clients)
  const keyOf = (client_id: string | undefined, audience: string, subject_type = 'client') =>
    JSON.stringify([client_id, audience, subject_type])
  const stored = firstBy(existing, (grant) => keyOf(grant.client_id, grant.audience, grant.subject_type))
  return folder.map(({ place, client: named, subject_type = 'client', ...members }) => {
    const { client_id } = clientNamed(named)
    const id = stored.get(keyOf(client_id, members.audience, subject_type))?.id ?? make.grantId()
    return { ...members, subject_type, client_id, id }
  })
}

/** The client grants of every organization, each once; those that a file names and the folder lacks are left out. */
function reconcileOrganizationGrants(
  folder: readonly FolderOrganization[],
  organizationIds: ReadonlyMap<string, string>,
  clients: readonly NamedClient[],
  clientGrants: readonly ClientGrant[],
): readonly OrganizationClientGrant[] {
  const clientNamed = byNameOrId(clients)
  const ofClients = clientGrants.filter(({ subject_type }) => (subject_type ?? 'client') === 'client')
  const byClient = Map.groupBy(ofClients, ({ client_id }) => client_id)
  return folder.flatMap(({ name, client_grants = [] }) => {
    const organization_id = idOf(name, organizationIds)
    const grants = client_grants.flatMap(({ client_id: named, audience }) =>
      (byClient.get(clientNamed(named).client_id) ?? []).filter(
        (grant) => audience === undefined || grant.audience === audience,
      ),
    )
    return [...new Set(grants.map(({ id }) => id))].map((grant_id) => ({
      id: organizationGrantKey(organization_id, grant_id),
      organization_id,
      grant_id,
    }))
  })
}

/** A client with the id of the organization that its file gives by name. */
function withOrganizationId(
  reconciled: ReconciledClient,
  organizationIds: ReadonlyMap<string, string>,
): ReconciledClient {
  const { default_organization: named } = reconciled.client
  if (named == null) return reconciled
  const default_organization = { ...named, organization_id: idOf(named.organization_id, organizationIds) }
  return { ...reconciled, client: { ...reconciled.client, default_organization } }
}

function idOf(organization: string, organizationIds: ReadonlyMap<string, string>): string {
  const id = organizationIds.get(organization)
  if (id === undefined) throw new Error(`no organization named ${JSON.stringify(organization)}`)
  return id
}

/** Finds the client that a grant is for: a name wins over an id. */
function byNameOrId(clients: readonly NamedClient[]): (named: string) => Client {
  const byName = firstBy(clients, ({ folder }) => folder.name)
  const byFixedId = firstBy(clients, ({ folder }) => folder.client_id)
  return (named) => {
    const owner = byName.get(named) ?? byFixedId.get(named)
    if (owner === undefined) throw new Error(`no client named ${JSON.stringify(named)} to grant`)
    return owner.reconciled.client
  }
}

function reconcileCode<T extends FolderModule>(
  folder: T,
  stored: StoredByName | undefined,
  makeId: () => string,
  make: Make,
): Omit<T, Placement> & Pick<StoredByName, 'id' | 'created_at'> {
  const { place, codeFile, sourceMap, fault, listPlaces, unsetSecrets, ...members } = folder
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
