import type { Json } from '../domain/index.ts'
import { checkTenant, type PlacedTenant } from './check.ts'
import type { FindingList } from './finding.ts'
import type { FolderFiles } from './folder-files.ts'
import type { FolderAction, FolderClient, FolderGrant, FolderResourceServer, FolderTenant } from './folder-tenant.ts'
import type { Gathered, ServedKind } from './gather.ts'
import type { Item, Path } from './item.ts'
import { managementScopesOf } from './management-grants.ts'
import {
  isSystemApi,
  type Placed,
  readClient,
  readClientGrant,
  readOrganization,
  readResourceServer,
  readSettings,
  readTriggers,
} from './objects.ts'
import { isOfOtherTrigger, readAction } from './read-action.ts'
import { readModule } from './read-module.ts'
import type { Selection, Variables } from './variables.ts'

/** What is kept without being served, by folder or key. */
class Unserved {
  readonly #kept: Map<string, Json>
  readonly #findings: FindingList

  constructor(gathered: ReadonlyMap<string, Json>, findings: FindingList) {
    this.#kept = new Map(gathered)
    this.#findings = findings
  }

  set(key: string, value: Json): void {
    this.#kept.set(key, value)
  }

  /** Puts aside the items that are `what`, with a warning each, and answers the others. */
  split(kind: ServedKind, items: readonly Item[], what: string, isWhat: (item: Item) => boolean): readonly Item[] {
    const aside = items.filter(isWhat)
    if (aside.length === 0) return items
    for (const item of aside) this.#findings.warn(item.placeOf([]), `not served: ${what}`)
    const earlier = this.#kept.get(kind)
    const objects = aside.map((item) => item.at([]) ?? null)
    this.#kept.set(kind, Array.isArray(earlier) ? [...earlier, ...objects] : objects)
    return items.filter((item) => !isWhat(item))
  }

  toObject(): Readonly<Record<string, Json>> {
    return Object.fromEntries(this.#kept)
  }
}

/**
 * Understands what was gathered: each object by itself, then all of them together. What it answers is a tenant only when
 * no error was found.
 */
export async function understand(gathered: Gathered, files: FolderFiles, variables: Variables): Promise<FolderTenant> {
  const { items, incomplete } = gathered
  const { findings } = files
  const { selection } = variables
  const unserved = new Unserved(gathered.unserved, findings)

  const settings = read(items.tenant, (item) => readSettings(item, findings))
  const everyClient = read(
    items.clients.filter((item) => !isNamed(item, ['name'], selection.excludedClients)),
    (item) => readClient(item, findings),
  )
  const clients = selection.includes('organizations') ? everyClient : everyClient.map(withoutDefaultOrganization)
  const { resourceServers, excludedAudiences } = readResourceServers(
    items.resourceServers,
    selection,
    unserved,
    findings,
  )
  const { clientGrants, managementGrants } = readGrants(
    items.clientGrants.filter((item) => !isNamed(item, ['audience'], excludedAudiences)),
    { clients, identifiers: new Set(resourceServers.map(({ object }) => object.identifier)) },
    selection,
    unserved,
    findings,
  )
  const hasGrants = selection.includes('clients') && selection.includes('clientGrants')
  const isLeftOut = (client: string) => !hasGrants || selection.excludedClients.has(client)
  const organizations = read(items.organizations, (item) => readOrganization(item, isLeftOut, findings))
  const otherActions = items.actions.filter(isOfOtherTrigger)
  if (otherActions.length > 0)
    unserved.set(
      'actions',
      otherActions.map((item) => item.at([]) ?? null),
    )
  const modules = await Promise.all(items.actionModules.map((item) => readModule(item, files, variables)))
  const readModules = modules.filter((module) => module !== undefined)
  const actions = await readActions(
    items.actions.filter((item) => !isOfOtherTrigger(item)),
    files,
    variables,
  )
  const readOthers = variables.joinsServer ? await readActions(otherActions, files, variables) : []
  const triggers = items.triggers.map((item) => readTriggers(item, findings))
  for (const { others } of triggers) if (Object.keys(others).length > 0) unserved.set('triggers', others)

  const placed: PlacedTenant = {
    settings,
    clients,
    resourceServers,
    clientGrants,
    organizations,
    modules: readModules,
    actions,
    bindings: triggers.flatMap(({ bindings }) => bindings),
    incomplete,
    otherActions: new Set(otherActions.map((item) => String(item.at(['name'])))),
  }
  checkTenant(placed, findings)
  return {
    settings: settings[0]?.object ?? {},
    clients: objectsOf(clients),
    resourceServers: objectsOf(resourceServers),
    clientGrants: objectsOf(clientGrants),
    ...(managementGrants.length > 0 && { managementGrants: objectsOf(managementGrants) }),
    organizations: objectsOf(organizations),
    modules: objectsOf(readModules),
    actions: objectsOf(actions),
    ...(readOthers.length > 0 && { otherActions: objectsOf(readOthers) }),
    bindings: objectsOf(placed.bindings),
    unserved: unserved.toObject(),
  }
}

function readResourceServers(
  items: readonly Item[],
  selection: Selection,
  unserved: Unserved,
  findings: FindingList,
): {
  readonly resourceServers: readonly Placed<FolderResourceServer>[]
  readonly excludedAudiences: ReadonlySet<string>
} {
  const own = unserved.split(
    'resourceServers',
    items,
    'a system API; the server brings its own',
    (item) => item.at(['is_system']) === true || item.at(['name']) === 'Auth0 Management API',
  )
  const isExcluded = (item: Item) =>
    isNamed(item, ['name'], selection.excludedResourceServers) ||
    isNamed(item, ['identifier'], selection.excludedResourceServers)
  const excluded = own.filter(isExcluded).map((item) => String(item.at(['identifier'])))
  return {
    resourceServers: read(
      own.filter((item) => !isExcluded(item)),
      (item) => readResourceServer(item, findings),
    ),
    excludedAudiences: new Set([...selection.excludedResourceServers, ...excluded]),
  }
}

function readGrants(
  items: readonly Item[],
  {
    clients,
    identifiers,
  }: { readonly clients: readonly Placed<FolderClient>[]; readonly identifiers: ReadonlySet<string> },
  selection: Selection,
  unserved: Unserved,
  findings: FindingList,
): {
  readonly clientGrants: readonly Placed<FolderGrant>[]
  readonly managementGrants: readonly Placed<FolderGrant>[]
} {
  const ofClients = unserved.split(
    'clientGrants',
    items,
    'a default grant for third-party clients',
    (item) => item.at(['default_for']) != null,
  )
  const isManagement = (item: Item) => {
    const audience = item.at(['audience'])
    return typeof audience === 'string' && isSystemApi(audience) && !identifiers.has(audience)
  }
  const names = new Set(clients.flatMap(({ object: { name, client_id } }) => [name, ...(client_id ? [client_id] : [])]))
  const served = unserved.split(
    'clientGrants',
    ofClients.filter((item) => !isNamed(item, ['client_id'], selection.excludedClients)),
    'a grant of a Management API to no client of the folder',
    (item) => isManagement(item) && !isNamed(item, ['client_id'], names),
  )
  const readGrant = (item: Item) => readClientGrant(item, findings)
  const managementGrants = read(served.filter(isManagement), readGrant)
  for (const { object, item } of managementGrants) explainManagementGrant(object, item, findings)
  return {
    clientGrants: read(
      served.filter((item) => !isManagement(item)),
      readGrant,
    ),
    managementGrants,
  }
}

/** Whoever manages a tenant elsewhere manages this server: that is not to go unseen. */
function explainManagementGrant({ client, scope }: FolderGrant, item: Item, findings: FindingList): void {
  const absent = scope.length - managementScopesOf(scope).length
  const without =
    absent === 0 ? '' : `, without ${absent} of its ${scope.length} scopes: there is nothing here that asks for them`
  findings.warn(
    item.placeOf(['audience']),
    `client ${JSON.stringify(client)} is granted this server's own Management API in place of Auth0's${without}`,
  )
}

async function readActions(
  items: readonly Item[],
  files: FolderFiles,
  variables: Variables,
): Promise<readonly Placed<FolderAction>[]> {
  const actions = await Promise.all(items.map((item) => readAction(item, files, variables)))
  return actions.filter((action) => action !== undefined)
}

/** Where organizations are left out, none is a client's default: a grant that requires one refuses it. */
function withoutDefaultOrganization({ object, item }: Placed<FolderClient>): Placed<FolderClient> {
  const { default_organization, ...rest } = object
  return { object: rest, item }
}

function isNamed(item: Item, path: Path, names: ReadonlySet<string>): boolean {
  const name = item.at(path)
  return typeof name === 'string' && names.has(name)
}

function read<T>(items: readonly Item[], readItem: (item: Item) => T | undefined): readonly T[] {
  return items.map(readItem).filter((object) => object !== undefined)
}

function objectsOf<T>(placed: readonly Placed<T>[]): readonly T[] {
  return placed.map(({ object }) => object)
}
