import {
  changedMembers,
  type FolderClient,
  type FolderReading,
  type FolderTenant,
  holdsCredentials,
  isJsonObject,
  type Json,
  type JsonObject,
  objectsIn,
  ownManagementGrants,
  type ServedTenant,
  textOf,
  without,
} from '../tenant-folder/index.ts'
import type { ImportRun } from './import-run.ts'
import type { ManagementApi } from './management-client.ts'
import { objectOf } from './read-served-tenant.ts'

/** What an import joins: a folder that was read without mistakes, and the server as it was found. */
export interface ImportInput {
  readonly api: ManagementApi
  readonly run: ImportRun
  readonly folder: FolderTenant
  readonly coverage: FolderReading['coverage']
  readonly served: ServedTenant
  /** Tells what is as the user may not expect it, a line each. */
  readonly note: (line: string) => void
  readonly updatesSecrets: boolean
}

/** A client grant as the server has it now. */
export interface ImportedGrant {
  readonly id: string
  readonly client_id: string
  readonly audience: string
  readonly isOfMachine: boolean
}

/** What a plan has in the place of an id that only a server makes. */
const plannedId = '(new)'

/** APIs, by their identifiers. */
export async function importResourceServers({ api, run, folder, served }: ImportInput): Promise<void> {
  const existing = firstBy(served.resourceServers, 'identifier')
  for (const { place, ...members } of folder.resourceServers) {
    const { identifier, name } = members
    // The client that an API belongs to has no say here, and an id of another server.
    const wanted = without(plain(members), ['is_system', 'client_id'])
    const title = { kind: 'API', name: typeof name === 'string' && name !== '' ? name : identifier }
    const before = existing.get(identifier)
    if (before === undefined) {
      await run.step({ verb: 'create', ...title }, () => api.send('POST', '/resource-servers', wanted))
      continue
    }
    const changed = changedMembers(without(wanted, ['identifier']), before)
    await change(run, title, changed, () => api.send('PATCH', `/resource-servers/${textOf(before, 'id')}`, changed))
  }
}

/** Members of a client's file that no call takes, and those that have a step of their own. */
const notSent = [
  'client_id',
  'global',
  'tenant',
  'signing_keys',
  'callback_url_template',
  'custom_login_page_preview',
  'config_route',
  'owners',
  'cross_origin_auth',
  'default_organization',
]

/** Clients, by their names, or by the ids that their files fix where the server has them. Answers the id of each by its name and by its fixed id. */
export async function importClients(input: ImportInput): Promise<ReadonlyMap<string, string>> {
  const { api, run, folder, served, note } = input
  const fixed = new Set(folder.clients.map(({ client_id }) => client_id))
  const byId = firstBy(served.clients, 'client_id')
  const byName = firstBy(
    served.clients.filter((client) => client.global !== true && !fixed.has(textOf(client, 'client_id'))),
    'name',
  )
  const ids = new Map<string, string>()
  const idsByFixed = new Map<string, string>()
  for (const client of folder.clients) {
    const { place, name, client_id: fixedId } = client
    const before = (fixedId === undefined ? undefined : byId.get(fixedId)) ?? byName.get(name)
    const title = { kind: 'client', name }
    if (fixedId !== undefined && before?.client_id !== fixedId)
      note(`${place.file}: client_id is ignored: a running server gives its own`)
    const wanted = without(plainClient(client), ['place', ...notSent])
    let client_id = before === undefined ? '' : textOf(before, 'client_id')
    if (before === undefined) {
      const created = await run.step({ verb: 'create', ...title }, () => createClient(api, wanted))
      client_id = textOf(created, 'client_id') || `${plannedId} ${name}`
    } else {
      const changed = changedMembers(withoutKeys(client, wanted, note), before)
      await change(run, title, changed, () => api.send('PATCH', `/clients/${client_id}`, changed))
    }
    if (fixedId !== undefined) idsByFixed.set(fixedId, client_id)
    ids.set(name, client_id)
  }
  // A name wins over an id.
  return new Map([...idsByFixed, ...ids])
}

/** Creates a client; a secret of its own it is given afterwards, since Auth0 takes none before. */
async function createClient(api: ManagementApi, wanted: JsonObject): Promise<unknown> {
  const created = objectOf(await api.send('POST', '/clients', without(wanted, ['client_secret'])))
  const { client_secret } = wanted
  if (client_secret !== undefined)
    await api.send('PATCH', `/clients/${textOf(created, 'client_id')}`, { client_secret })
  return created
}

/** A client that is there keeps its keys: they are answered by their ids alone, so nobody can tell whether they differ. */
function withoutKeys({ name }: FolderClient, wanted: JsonObject, note: (line: string) => void): JsonObject {
  // What may have any keys, `credentials` among them, is its owner's.
  const keyed = Object.keys(wanted).filter((member) => member !== 'client_metadata' && holdsCredentials(wanted[member]))
  if (keyed.length > 0)
    note(`the keys of client ${JSON.stringify(name)} stay as the server has them: change them by its credentials`)
  return without(wanted, keyed)
}

/** A client's members as JSON has them, without the places of its credentials. */
function plainClient({ client_authentication_methods: methods, ...members }: FolderClient): JsonObject {
  if (methods === undefined) return plain(members)
  const sent = Object.entries(plain(methods)).map(([method, value]): [string, Json] => {
    if (!isJsonObject(value) || !Array.isArray(value.credentials)) return [method, value]
    return [method, { ...value, credentials: objectsIn(value, 'credentials').map((each) => without(each, ['place'])) }]
  })
  return { ...plain(members), client_authentication_methods: Object.fromEntries(sent) }
}

/** Client grants, by client, audience and subject type. Answers every grant that the server has then. */
export async function importClientGrants(
  { api, run, folder, served }: ImportInput,
  clientIds: ReadonlyMap<string, string>,
): Promise<readonly ImportedGrant[]> {
  const own = served.resourceServers.flatMap((each) => {
    const { is_system } = each
    return is_system === true ? [{ identifier: textOf(each, 'identifier'), is_system }] : []
  })
  const names = new Map(served.resourceServers.map((each) => [textOf(each, 'identifier'), textOf(each, 'name')]))
  for (const { identifier, name } of folder.resourceServers) names.set(identifier, name ?? '')
  const all = served.clientGrants.map(importedGrant)
  for (const { place, client, ...members } of [
    ...folder.clientGrants,
    ...ownManagementGrants(folder.managementGrants ?? [], own),
  ]) {
    const client_id = clientIds.get(client) ?? client
    const { audience, subject_type = 'client' } = members
    const title = { kind: 'client grant', name: `${client} at ${names.get(audience) || audience}` }
    const before = served.clientGrants.find(
      (grant) =>
        grant.client_id === client_id &&
        grant.audience === audience &&
        (grant.subject_type ?? 'client') === subject_type,
    )
    // A grant of all scopes names none.
    const wanted = without(plain(members), members.allow_all_scopes === true ? ['is_system', 'scope'] : ['is_system'])
    if (before === undefined) {
      const created = await run.step({ verb: 'create', ...title }, () =>
        api.send('POST', '/client-grants', { ...wanted, client_id }),
      )
      const id = textOf(created, 'id') || `${plannedId} ${title.name}`
      all.push({ id, client_id, audience, isOfMachine: subject_type === 'client' })
      continue
    }
    const changed = changedMembers(without(wanted, ['audience', 'subject_type', 'default_for']), before)
    await change(run, title, changed, () => api.send('PATCH', `/client-grants/${textOf(before, 'id')}`, changed))
  }
  return all
}

/** Organizations, by their names, and the client grants that may be used for them. Answers the id of each by its name. */
export async function importOrganizations(
  { api, run, folder, served }: ImportInput,
  clientIds: ReadonlyMap<string, string>,
  grants: readonly ImportedGrant[],
  allowsDeletion: boolean,
): Promise<ReadonlyMap<string, string>> {
  const existing = firstBy(served.organizations, 'name')
  const ids = new Map<string, string>()
  for (const { place, client_grants, ...members } of folder.organizations) {
    const { name } = members
    const title = { kind: 'organization', name }
    const before = existing.get(name)
    // There are no connections here, and no discovery domains.
    const wanted = without(plain(members), ['connections', 'enabled_connections', 'discovery_domains', 'clients'])
    let id = before === undefined ? '' : textOf(before, 'id')
    if (before === undefined) {
      const created = await run.step({ verb: 'create', ...title }, () => api.send('POST', '/organizations', wanted))
      id = textOf(created, 'id') || `${plannedId} ${name}`
    } else {
      const changed = changedMembers(wanted, before)
      await change(run, title, changed, () => api.send('PATCH', `/organizations/${id}`, changed))
    }
    ids.set(name, id)
    if (client_grants === undefined) continue
    const held = new Set(served.organizationGrants.get(id))
    const named = client_grants.flatMap(({ client_id, audience }) =>
      grants.filter(
        (grant) =>
          grant.isOfMachine &&
          grant.client_id === (clientIds.get(client_id) ?? client_id) &&
          (audience === undefined || audience === grant.audience),
      ),
    )
    const wantedIds = new Set(named.map((grant) => grant.id))
    const path = `/organizations/${id}/client-grants`
    for (const grant_id of wantedIds) {
      if (held.has(grant_id)) continue
      await run.step({ verb: 'change', ...title, members: ['client_grants'] }, () =>
        api.send('POST', path, { grant_id }),
      )
    }
    if (!allowsDeletion) continue
    for (const grant_id of held) {
      if (wantedIds.has(grant_id)) continue
      await run.step({ verb: 'change', ...title, members: ['client_grants'] }, () =>
        api.send('DELETE', `${path}/${encodeURIComponent(grant_id)}`),
      )
    }
  }
  return ids
}

/** The organizations that clients use unless they name one: only now are they there. */
export async function importDefaultOrganizations(
  { api, run, folder, served }: ImportInput,
  clientIds: ReadonlyMap<string, string>,
  organizationIds: ReadonlyMap<string, string>,
): Promise<void> {
  const byId = firstBy(served.clients, 'client_id')
  for (const { name, default_organization: named } of folder.clients) {
    if (named == null) continue
    const client_id = clientIds.get(name) ?? ''
    const organization_id = organizationIds.get(named.organization_id) ?? named.organization_id
    const wanted = { default_organization: { ...plain(named), organization_id } }
    const changed = changedMembers(wanted, byId.get(client_id) ?? {})
    if (Object.keys(changed).length === 0) continue
    await run.step({ verb: 'change', kind: 'client', name, members: ['default_organization'] }, () =>
      api.send('PATCH', `/clients/${client_id}`, changed),
    )
  }
}

/** The tenant's settings: those that the folder names. */
export async function importSettings({ api, run, folder, coverage, served }: ImportInput): Promise<void> {
  if (!coverage.kinds.has('tenant')) return
  const changed = changedMembers(without(plain(folder.settings), ['sandbox_versions_available']), served.settings)
  // Answers have lifetimes in hours, parts of one too; a call takes whole ones, or minutes.
  const sent = Object.entries(changed).map(([name, value]): [string, Json] =>
    typeof value === 'number' && name.endsWith('session_lifetime') && !Number.isInteger(value)
      ? [`${name}_in_minutes`, Math.round(value * 60)]
      : [name, value],
  )
  await change(run, { kind: 'tenant', name: 'settings' }, changed, () =>
    api.send('PATCH', '/tenants/settings', Object.fromEntries(sent)),
  )
}

/** Sends what differs; counts what does not. */
export async function change(
  run: ImportRun,
  title: { readonly kind: string; readonly name: string },
  changed: JsonObject,
  send: () => Promise<unknown>,
): Promise<void> {
  const members = Object.keys(changed)
  if (members.length === 0) run.unchanged += 1
  else await run.step({ verb: 'change', ...title, members }, send)
}

/** Objects by a member that is a text; of two with the same the first. */
export function firstBy(objects: readonly JsonObject[], member: string): ReadonlyMap<string, JsonObject> {
  return new Map(objects.map((object): [string, JsonObject] => [textOf(object, member), object]).reverse())
}

/** An object of the folder as JSON has it. */
function plain(object: object): JsonObject {
  return JSON.parse(JSON.stringify(object))
}

function importedGrant(grant: JsonObject): ImportedGrant {
  return {
    id: textOf(grant, 'id'),
    client_id: textOf(grant, 'client_id'),
    audience: textOf(grant, 'audience'),
    isOfMachine: (textOf(grant, 'subject_type') || 'client') === 'client',
  }
}
