import { isJsonObject, type Json, type JsonObject } from '../domain/index.ts'
import { fileNamesOf } from './file-names.ts'
import { isSystemClient, isSystemResourceServer, type ServedTenant, textOf } from './served-tenant.ts'

/** What an export writes: each file's text by its path below the folder, and what is to be known of them, a line each. */
export interface FolderTexts {
  readonly files: ReadonlyMap<string, string>
  readonly notes: readonly string[]
}

/** A value as a file holds it: keys sorted, as the Deploy CLI does with `AUTH0_EXPORT_ORDERED`, two spaces, a line's end. */
export function jsonText(value: Json): string {
  return `${JSON.stringify(value, (_key, each: Json) => sorted(each), 2)}\n`
}

/**
 * The files of a tenant in the directory form of the Deploy CLI. The same tenant makes the same bytes, whatever order the server answers in.
 *
 * Left out: ids, client secrets, the values of other secrets, the server's own API and clients with their grants, and what is only computed.
 * `secretPlaceholders` writes keywords in the place of secrets' values, to be replaced when the folder is read.
 */
export function folderTexts(
  tenant: ServedTenant,
  { secretPlaceholders }: { readonly secretPlaceholders: boolean },
): FolderTexts {
  const files = new Map<string, string>()
  const notes: string[] = []
  const clientNames = new Map(tenant.clients.map((client) => [textOf(client, 'client_id'), textOf(client, 'name')]))
  const ownClients = tenant.clients.filter((client) => isSystemClient(client, tenant))
  const ownIds = new Set(ownClients.map((client) => textOf(client, 'client_id')))
  const organizationNames = new Map(tenant.organizations.map((each) => [textOf(each, 'id'), textOf(each, 'name')]))
  const apis = tenant.resourceServers.filter((api) => !isSystemResourceServer(api))

  function writeAll(folder: string, objects: readonly { readonly name: string; readonly content: JsonObject }[]): void {
    const ordered = objects.toSorted((a, b) => compare(jsonText([a.name, a.content]), jsonText([b.name, b.content])))
    const names = fileNamesOf(ordered.map(({ name }) => name))
    for (const [index, { content }] of ordered.entries()) files.set(`${folder}/${names[index]}.json`, jsonText(content))
  }

  function writeCode(folder: string, objects: readonly JsonObject[], membersOf: (object: JsonObject) => JsonObject) {
    const ordered = objects.toSorted((a, b) => compare(textOf(a, 'name'), textOf(b, 'name')))
    const names = fileNamesOf(ordered.map((object) => textOf(object, 'name')))
    for (const [index, object] of ordered.entries()) {
      const path = `${folder}/${names[index]}`
      const code = textOf(object, 'code')
      files.set(`${path}/code.js`, code)
      files.set(
        `${path}.json`,
        jsonText({
          name: textOf(object, 'name'),
          code: `./${path}/code.js`,
          dependencies: objectsIn(object, 'dependencies').map(({ name, version }) => present({ name, version })),
          secrets: secretsOf(object, secretPlaceholders),
          ...membersOf(object),
        }),
      )
      const keyword = /@@\w[\w.-]*@@|##\w[\w.-]*##/.exec(code)?.[0]
      if (keyword !== undefined)
        notes.push(`${path}/code.js holds ${keyword}, which whoever reads the folder takes for a keyword`)
    }
  }

  files.set('tenant.json', jsonText(settingsOf(tenant.settings)))
  writeAll(
    'resource-servers',
    apis.map((api) => ({
      name: textOf(api, 'name') || textOf(api, 'identifier'),
      content: {
        ...without(api, ['id', 'is_system', 'signing_secret']),
        ...(typeof api.client_id === 'string' && { client_id: clientNames.get(api.client_id) ?? api.client_id }),
      },
    })),
  )
  const clients = tenant.clients.filter((client) => !ownClients.includes(client))
  for (const [name, same] of Map.groupBy(clients, (client) => textOf(client, 'name')))
    if (same.length > 1)
      notes.push(
        `${same.length} clients are named ${JSON.stringify(name)}: a folder joins by names, so rename them before it is read`,
      )
  for (const client of clients) {
    if (Object.values(client).some(holdsCredentials))
      notes.push(
        `the keys of client ${JSON.stringify(client.name)} are not exported: without them in its file, it is made with a client secret elsewhere`,
      )
  }
  writeAll(
    'clients',
    clients.map((client) => ({ name: textOf(client, 'name'), content: clientOf(client, organizationNames) })),
  )
  writeCode('action-modules', tenant.modules, () => ({}))
  writeCode('actions', tenant.actions, (action) => {
    const deployed = action.all_changes_deployed === true
    if (!deployed && isJsonObject(action.deployed_version))
      notes.push(
        `action ${JSON.stringify(action.name)} has changes that are not deployed: its file holds them, with "deployed": false`,
      )
    return actionOf(action, deployed)
  })
  const apiNames = new Map(tenant.resourceServers.map((api) => [textOf(api, 'identifier'), textOf(api, 'name')]))
  writeAll(
    'grants',
    tenant.clientGrants.flatMap((grant) => {
      const client_id = textOf(grant, 'client_id')
      if (ownIds.has(client_id)) return []
      const audience = textOf(grant, 'audience')
      const holder = clientNames.get(client_id) ?? client_id
      const content = { ...without(grant, ['id', 'is_system']), ...(client_id !== '' && { client_id: holder }) }
      return [{ name: `${holder || textOf(grant, 'default_for')}-${apiNames.get(audience) || audience}`, content }]
    }),
  )
  writeAll(
    'organizations',
    tenant.organizations.map((each) => ({
      name: textOf(each, 'name'),
      content: { ...without(each, ['id']), client_grants: organizationGrants(each, tenant, clientNames) },
    })),
  )
  const bindings = [...tenant.bindings].map(([trigger, bound]): [string, Json] => [
    trigger,
    bound.map(({ action_name, display_name }) => ({ action_name, display_name })),
  ])
  files.set('triggers/triggers.json', jsonText(Object.fromEntries(bindings)))
  return { files, notes }
}

/** Members that are read-only, or are other members in another form. @see Deploy CLI: `readonly.ts` */
const computedOfClient = [
  'client_id',
  'client_secret',
  'callback_url_template',
  'signing_keys',
  'global',
  'tenant',
  'custom_login_page_preview',
  'config_route',
  'owners',
  'cross_origin_auth',
]

function clientOf(client: JsonObject, organizationNames: ReadonlyMap<string, string>): JsonObject {
  const { default_organization: organization, ...rest } = client
  const keyed = Object.keys(rest).filter((member) => holdsCredentials(rest[member]))
  const id = isJsonObject(organization) ? textOf(organization, 'organization_id') : ''
  return {
    ...without(rest, [...computedOfClient, ...keyed]),
    ...(isJsonObject(organization) && {
      default_organization: { ...organization, organization_id: organizationNames.get(id) ?? id },
    }),
  }
}

/** Whether a member of a client names keys that its server keeps: they are answered by their ids alone. */
export function holdsCredentials(member: Json | undefined): boolean {
  if (!isJsonObject(member)) return false
  return Array.isArray(member.credentials) || Object.values(member).some(holdsCredentials)
}

function actionOf(action: JsonObject, deployed: boolean): JsonObject {
  const modules = objectsIn(action, 'modules')
  return {
    ...present({ runtime: action.runtime, status: action.status }),
    deployed,
    supported_triggers: objectsIn(action, 'supported_triggers').map(({ id, version }) => present({ id, version })),
    ...(modules.length > 0 && {
      modules: modules.map(({ module_name, module_version_number }) => present({ module_name, module_version_number })),
    }),
  }
}

function secretsOf(object: JsonObject, secretPlaceholders: boolean): Json {
  const key = (name: string) => `${textOf(object, 'name')}_${name}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
  return objectsIn(object, 'secrets')
    .map((secret) => textOf(secret, 'name'))
    .toSorted(compare)
    .map((name) => ({ name, ...(secretPlaceholders && { value: `##${key(name)}##` }) }))
}

/** Flags of Auth0's that its API answers and does not take. @see Deploy CLI: `readonly.ts` */
const computedFlags = [
  'allow_changing_enable_sso',
  'enable_sso',
  'disable_impersonation',
  'remove_stale_idp_attributes',
]

function settingsOf({ flags, ...settings }: JsonObject): JsonObject {
  const kept = isJsonObject(flags) ? without(flags, computedFlags) : {}
  return {
    ...without(settings, ['sandbox_versions_available']),
    ...(Object.keys(kept).length > 0 && { flags: kept }),
  }
}

/** By the client's name; the audience only where the client has grants that are not the organization's. */
function organizationGrants(
  organization: JsonObject,
  tenant: ServedTenant,
  clientNames: ReadonlyMap<string, string>,
): Json {
  const ids = new Set(tenant.organizationGrants.get(textOf(organization, 'id')) ?? [])
  const isHeld = (grant: JsonObject) => ids.has(textOf(grant, 'id'))
  const byClient = Map.groupBy(tenant.clientGrants, (grant) => textOf(grant, 'client_id'))
  return [...byClient]
    .flatMap(([client_id, grants]): readonly JsonObject[] => {
      const name = clientNames.get(client_id) ?? client_id
      const ofMachine = grants.filter((grant) => (textOf(grant, 'subject_type') || 'client') === 'client')
      const held = ofMachine.filter(isHeld)
      if (held.length === 0) return []
      if (held.length === ofMachine.length) return [{ client_id: name }]
      return held.map((grant) => ({ audience: textOf(grant, 'audience'), client_id: name }))
    })
    .toSorted((a, b) => compare(jsonText(a), jsonText(b)))
}

/** The objects of a list; none where there is no list. */
export function objectsIn(object: JsonObject, member: string): readonly JsonObject[] {
  const list = object[member]
  return Array.isArray(list) ? list.filter(isJsonObject) : []
}

/** An object without some of its members, nor those that are null. */
export function without(object: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => !members.includes(key) && value !== null))
}

function present(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: [string, Json][] = []
  for (const [key, value] of Object.entries(members)) if (value !== undefined) kept.push([key, value])
  return Object.fromEntries(kept)
}

function sorted(value: Json): Json {
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => compare(a, b)))
}

/** By code units, whatever the language of the machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
