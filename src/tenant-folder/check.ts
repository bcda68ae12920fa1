import { limits, missingScopes, type TenantSettings } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import type {
  FolderAction,
  FolderClient,
  FolderGrant,
  FolderModule,
  FolderOrganization,
  FolderResourceServer,
} from './folder-tenant.ts'
import type { ServedKind } from './gather.ts'
import { overLimit, type Placed } from './objects.ts'

/** All that a folder says, each object understood by itself. */
export interface PlacedTenant {
  readonly settings: readonly Placed<TenantSettings>[]
  readonly clients: readonly Placed<FolderClient>[]
  readonly resourceServers: readonly Placed<FolderResourceServer>[]
  readonly clientGrants: readonly Placed<FolderGrant>[]
  readonly organizations: readonly Placed<FolderOrganization>[]
  readonly modules: readonly Placed<FolderModule>[]
  readonly actions: readonly Placed<FolderAction>[]
  readonly bindings: readonly Placed<{ readonly action_name: string; readonly display_name: string }>[]
  /** Kinds of which a file could not be parsed: what is not found among them may well be there. */
  readonly incomplete: ReadonlySet<ServedKind>
  /** Names of the actions of other triggers. */
  readonly otherActions: ReadonlySet<string>
}

/** Reports what no object can be blamed for alone: doubles, references that lead nowhere, counts over a limit. */
export function checkTenant(tenant: PlacedTenant, findings: FindingList): void {
  const { clients, resourceServers, organizations, modules, actions } = tenant
  refuseDoubles(clients, 'name', 'client', (client) => client.name, findings)
  refuseDoubles(clients, 'client_id', 'client', (client) => client.client_id, findings)
  refuseDoubles(resourceServers, 'identifier', 'API', (api) => api.identifier, findings)
  refuseDoubles(organizations, 'name', 'organization', (organization) => organization.name, findings)
  refuseDoubles(modules, 'name', 'actions module', (module) => module.name, findings)
  refuseDoubles(actions, 'name', 'action', (action) => action.name, findings)
  checkDefaultAudience(tenant, findings)
  checkGrants(tenant, findings)
  checkOrganizations(tenant, findings)
  checkPins(tenant, findings)
  checkBindings(tenant, findings)
  refuseOverflow(actions, 'actions', limits.actions, findings)
  refuseOverflow(modules, 'actions modules', limits.modules, findings)
}

function refuseOverflow(placed: readonly Placed<unknown>[], noun: string, limit: number, findings: FindingList): void {
  const overflow = placed[limit]
  if (overflow !== undefined)
    findings.error(overflow.item.placeOf([]), overLimit('the tenant', placed.length, noun, limit))
}

function refuseDoubles<T>(
  placed: readonly Placed<T>[],
  member: string,
  noun: string,
  keyOf: (object: T) => string | undefined,
  findings: FindingList,
): void {
  const first = new Map<string, Placed<T>>()
  for (const each of placed) {
    const key = keyOf(each.object)
    if (key === undefined) continue
    const earlier = first.get(key)
    if (earlier === undefined) first.set(key, each)
    else
      findings.error(
        each.item.placeOf([member]),
        `${member} ${JSON.stringify(key)} is taken by the ${noun} of ${earlier.item.placeOf([]).file}; give each its own`,
      )
  }
}

function checkDefaultAudience(tenant: PlacedTenant, findings: FindingList): void {
  if (tenant.incomplete.has('resourceServers')) return
  const identifiers = new Set(tenant.resourceServers.map(({ object }) => object.identifier))
  for (const { object, item } of tenant.settings) {
    const audience = object.default_audience
    // Auth0's exports hold an empty text where there is none.
    if (audience === undefined || audience === '' || identifiers.has(audience)) continue
    findings.error(
      item.placeOf(['default_audience']),
      `default_audience ${JSON.stringify(audience)} is the identifier of no API in the folder; ${listed('known', identifiers)}`,
    )
  }
}

function checkGrants(tenant: PlacedTenant, findings: FindingList): void {
  // Of two APIs with one identifier the first counts: the second is an error already.
  const apis = new Map(tenant.resourceServers.map(({ object }) => [object.identifier, object] as const).reverse())
  const clients = clientNames(tenant)
  const taken = new Map<string, string>()
  for (const { object: grant, item } of tenant.clientGrants) {
    const client = clients.get(grant.client)
    const api = apis.get(grant.audience)
    if (client === undefined && !tenant.incomplete.has('clients'))
      findings.error(
        item.placeOf(['client_id']),
        `client_id ${JSON.stringify(grant.client)} is the name of no client in the folder; ${listed('known', clients.values())}`,
      )
    if (api === undefined && !tenant.incomplete.has('resourceServers'))
      findings.error(
        item.placeOf(['audience']),
        `audience ${JSON.stringify(grant.audience)} is the identifier of no API in the folder; ${listed('known', apis.keys())}`,
      )
    if (api !== undefined) checkGrantScopes({ object: grant, item }, api, findings)
    const key = JSON.stringify([client ?? grant.client, grant.audience, grant.subject_type ?? 'client'])
    const { file, line } = item.placeOf([])
    const earlier = taken.get(key)
    if (earlier !== undefined)
      findings.error(
        { file, ...(line !== undefined && { line }) },
        `${earlier} already grants client ${JSON.stringify(grant.client)} the audience ${JSON.stringify(grant.audience)}; join the two`,
      )
    taken.set(key, earlier ?? file)
  }
}

function checkGrantScopes(grant: Placed<FolderGrant>, api: FolderResourceServer, findings: FindingList): void {
  const defined = (api.scopes ?? []).map((scope) => scope.value)
  const missing = new Set(missingScopes(grant.object.scope, defined))
  for (const [index, scope] of grant.object.scope.entries()) {
    if (!missing.has(scope)) continue
    findings.error(
      grant.item.placeOf(['scope', index]),
      `scope ${JSON.stringify(scope)} is not defined by API ${JSON.stringify(api.identifier)}; add it to ${api.place.file} or take it out here`,
    )
  }
}

/** That clients' default organizations and organizations' client grants lead somewhere. A client grant that is not there is a warning: it takes nothing away. */
function checkOrganizations(tenant: PlacedTenant, findings: FindingList): void {
  const { clients, clientGrants, organizations, incomplete } = tenant
  const known = new Set(organizations.map(({ object }) => object.name))
  for (const { object, item } of clients) {
    const name = object.default_organization?.organization_id
    if (name === undefined || known.has(name) || incomplete.has('organizations')) continue
    findings.error(
      item.placeOf(['default_organization', 'organization_id']),
      `default_organization.organization_id ${JSON.stringify(name)} is the name of no organization in the folder (its id is the server's own); ${listed('known', known)}`,
    )
  }
  if (incomplete.has('clients') || incomplete.has('clientGrants')) return
  const names = clientNames(tenant)
  for (const { object, item } of organizations) {
    for (const [index, { client_id, audience }] of (object.client_grants ?? []).entries()) {
      const client = names.get(client_id)
      const place = item.placeOf(['client_grants', index, 'client_id'])
      if (client === undefined)
        findings.error(
          place,
          `client_id ${JSON.stringify(client_id)} is the name of no client in the folder; ${listed('known', names.values())}`,
        )
      else if (
        !clientGrants.some(
          ({ object: grant }) =>
            names.get(grant.client) === client && (audience === undefined || grant.audience === audience),
        )
      )
        findings.warn(place, `client ${JSON.stringify(client_id)} has no such client grant; nothing is associated`)
    }
  }
}

/** Every client by what a grant may call it: its name, and the id its file fixes. A name wins over an id. */
function clientNames(tenant: PlacedTenant): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { object } of tenant.clients) if (object.client_id !== undefined) names.set(object.client_id, object.name)
  for (const { object } of tenant.clients) names.set(object.name, object.name)
  return names
}

function checkPins(tenant: PlacedTenant, findings: FindingList): void {
  if (tenant.incomplete.has('actionModules')) return
  const names = new Set(tenant.modules.map(({ object }) => object.name))
  for (const { object, item } of tenant.actions) {
    for (const [index, { module_name }] of (object.modules ?? []).entries()) {
      if (names.has(module_name)) continue
      findings.error(
        item.placeOf(['modules', index, 'module_name']),
        `module_name ${JSON.stringify(module_name)} is the name of no actions module in the folder; ${listed('known', names)}`,
      )
    }
  }
}

function checkBindings(tenant: PlacedTenant, findings: FindingList): void {
  const actions = new Map(tenant.actions.map(({ object }) => [object.name, object]))
  for (const { object, item } of tenant.bindings) {
    const action = actions.get(object.action_name)
    const named = JSON.stringify(object.action_name)
    const place = item.placeOf(['action_name'])
    if (action === undefined && tenant.otherActions.has(object.action_name))
      findings.error(place, `action ${named} belongs to another trigger; bind it there`)
    else if (action === undefined && !tenant.incomplete.has('actions'))
      findings.error(
        place,
        `action_name ${named} is the name of no action in the folder; ${listed('known', actions.keys())}`,
      )
    // Auth0 refuses to bind an action that was never deployed.
    else if (action?.deployed === false)
      findings.error(place, `action ${named} is bound but has "deployed": false; deploy it or take the binding out`)
  }
  const overflow = tenant.bindings[limits.bindings]
  if (overflow !== undefined)
    findings.error(
      overflow.item.placeOf([]),
      overLimit('the trigger', tenant.bindings.length, 'bindings', limits.bindings),
    )
}

function listed(what: string, names: Iterable<string>): string {
  const all = [...names]
  if (all.length === 0) return `${what}: none`
  const shown = all.slice(0, 5).map((name) => JSON.stringify(name))
  return `${what}: ${shown.join(', ')}${all.length > shown.length ? ` and ${all.length - shown.length} more` : ''}`
}
