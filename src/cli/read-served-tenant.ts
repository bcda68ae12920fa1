import {
  isJsonObject,
  type JsonObject,
  objectsIn,
  type ServedBinding,
  type ServedTenant,
  textOf,
} from '../tenant-folder/index.ts'
import { CommandFault } from './exit.ts'
import type { ManagementApi } from './management-client.ts'
import { patiently } from './patience.ts'

/** Most records of one page. */
const pageSize = 100

/**
 * Reads the whole tenant of a running server: what an export writes, and an import compares with. Says how far it is when that takes long. Throws
 * as the API's client does.
 */
export function readServedTenant(api: ManagementApi): Promise<ServedTenant> {
  let pages = 0
  const send: ManagementApi['send'] = async (...call) => {
    const answer = await api.send(...call)
    pages += 1
    return answer
  }
  return patiently(readAll({ ...api, send }), () => `reading the tenant of ${api.url}, ${pages} pages so far`)
}

async function readAll(api: ManagementApi): Promise<ServedTenant> {
  const [settings, clients, resourceServers, clientGrants, organizations, modules, actions, triggers] =
    await Promise.all([
      api.send('GET', '/tenants/settings').then(objectOf),
      readOn(api, '/clients', 'clients'),
      readPages(api, '/resource-servers', 'resource_servers'),
      readOn(api, '/client-grants', 'client_grants'),
      readOn(api, '/organizations', 'organizations'),
      readPages(api, '/actions/modules', 'modules'),
      readPages(api, '/actions/actions', 'actions'),
      api.send('GET', '/actions/triggers').then(objectOf),
    ])
  const organizationGrants = new Map<string, readonly string[]>()
  for (const organization of organizations) {
    const id = textOf(organization, 'id')
    const grants = await readPages(api, `/organizations/${encodeURIComponent(id)}/client-grants`, 'client_grants')
    organizationGrants.set(
      id,
      grants.map((grant) => textOf(grant, 'id')),
    )
  }
  const bindings = new Map<string, readonly ServedBinding[]>()
  // A trigger is listed once for each of its versions.
  for (const id of new Set(objectsIn(triggers, 'triggers').map((trigger) => textOf(trigger, 'id')))) {
    const bound = await readPages(api, `/actions/triggers/${encodeURIComponent(id)}/bindings`, 'bindings')
    if (bound.length > 0) bindings.set(id, bound.map(bindingOf))
  }
  return {
    settings,
    clients,
    resourceServers,
    clientGrants,
    organizations,
    organizationGrants,
    modules,
    actions,
    bindings,
    managementClientId: api.client_id,
  }
}

/** An answer that has to be an object. */
export function objectOf(answer: unknown): JsonObject {
  if (isJsonObject(answer)) return answer
  throw new CommandFault('the server answered what is no object: it is no Symbolon server; check --url')
}

/** Every record of a list that is read by page numbers. */
export async function readPages(api: ManagementApi, path: string, key: string): Promise<readonly JsonObject[]> {
  const records: JsonObject[] = []
  const totals = path.startsWith('/actions/') ? '' : '&include_totals=true'
  for (let page = 0; ; page += 1) {
    const answer = objectOf(await api.send('GET', `${path}?per_page=${pageSize}&page=${page}${totals}`))
    const read = objectsIn(answer, key)
    records.push(...read)
    if (read.length < pageSize) return records
  }
}

/** Every record of a list that is read on from where a page ended: page numbers reach a thousand. */
async function readOn(api: ManagementApi, path: string, key: string): Promise<readonly JsonObject[]> {
  const records: JsonObject[] = []
  for (let from = ''; ; ) {
    const answer = objectOf(
      await api.send('GET', `${path}?take=${pageSize}${from === '' ? '' : `&from=${encodeURIComponent(from)}`}`),
    )
    records.push(...objectsIn(answer, key))
    from = textOf(answer, 'next')
    if (from === '') return records
  }
}

function bindingOf(binding: JsonObject): ServedBinding {
  const { action } = binding
  return {
    action_name: isJsonObject(action) ? textOf(action, 'name') : '',
    display_name: textOf(binding, 'display_name'),
  }
}
