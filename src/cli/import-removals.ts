import { isSystemClient, isSystemResourceServer, type JsonObject, textOf } from '../tenant-folder/index.ts'
import type { ImportInput } from './import-objects.ts'

/** An object of the server that the folder lacks. */
export interface Removal {
  readonly kind: string
  readonly name: string
  /** Below `/api/v2`. */
  readonly path: string
}

/**
 * What the server has and the folder does not, in the order it can be deleted in. Never the server's own, nor what the folder does not speak
 * for: kinds that it does not hold, what is excluded from it, and default grants, which are not read.
 */
export function findRemovals(
  { folder, coverage, served }: ImportInput,
  clientIds: ReadonlyMap<string, string>,
): readonly Removal[] {
  const { kinds, excludedClients, excludedResourceServers } = coverage
  const isExcludedClient = (client: JsonObject) =>
    excludedClients.has(textOf(client, 'name')) || excludedClients.has(textOf(client, 'client_id'))
  const isExcludedApi = (api: JsonObject) =>
    excludedResourceServers.has(textOf(api, 'name')) || excludedResourceServers.has(textOf(api, 'identifier'))
  const namesOf = (objects: readonly { readonly name: string }[]) => new Set(objects.map(({ name }) => name))
  const [organizations, actions, modules] = [
    namesOf(folder.organizations),
    namesOf([...folder.actions, ...(folder.otherActions ?? [])]),
    namesOf(folder.modules ?? []),
  ]
  const ids = new Set(clientIds.values())
  const identifiers = new Set(folder.resourceServers.map(({ identifier }) => identifier))
  const left = (kind: string, objects: readonly JsonObject[], isKept: (object: JsonObject) => boolean) =>
    kinds.has(kind) ? objects.filter((object) => !isKept(object)) : []
  const removal =
    (kind: string, path: string, id = 'id') =>
    (object: JsonObject): Removal => ({
      kind,
      name: textOf(object, 'name') || textOf(object, 'identifier'),
      path: `${path}/${encodeURIComponent(textOf(object, id))}`,
    })
  const clientNames = new Map(served.clients.map((each) => [textOf(each, 'client_id'), each]))
  const apis = new Map(served.resourceServers.map((each) => [textOf(each, 'identifier'), each]))
  const isKeptGrant = (grant: JsonObject): boolean => {
    const client = clientNames.get(textOf(grant, 'client_id'))
    const api = apis.get(textOf(grant, 'audience'))
    if (client === undefined || isSystemClient(client, served) || isExcludedClient(client)) return true
    if (api !== undefined && isExcludedApi(api)) return true
    return [...folder.clientGrants, ...(folder.managementGrants ?? [])].some(
      (wanted) =>
        clientIds.get(wanted.client) === textOf(grant, 'client_id') &&
        (wanted.audience === grant.audience || (api?.is_system === true && !identifiers.has(wanted.audience))) &&
        (wanted.subject_type ?? 'client') === (grant.subject_type ?? 'client'),
    )
  }
  return [
    ...left('organizations', served.organizations, (each) => organizations.has(textOf(each, 'name'))).map(
      removal('organization', '/organizations'),
    ),
    ...left('clientGrants', served.clientGrants, isKeptGrant).map((grant) => ({
      ...removal('client grant', '/client-grants')(grant),
      name: `${textOf(clientNames.get(textOf(grant, 'client_id')) ?? {}, 'name')} at ${textOf(apis.get(textOf(grant, 'audience')) ?? grant, 'name') || textOf(grant, 'audience')}`,
    })),
    ...left('actions', served.actions, (each) => actions.has(textOf(each, 'name'))).map(
      removal('action', '/actions/actions'),
    ),
    ...left('actionModules', served.modules, (each) => modules.has(textOf(each, 'name'))).map(
      removal('actions module', '/actions/modules'),
    ),
    ...left(
      'clients',
      served.clients,
      (each) => ids.has(textOf(each, 'client_id')) || isSystemClient(each, served) || isExcludedClient(each),
    ).map(removal('client', '/clients', 'client_id')),
    ...left(
      'resourceServers',
      served.resourceServers,
      (each) => identifiers.has(textOf(each, 'identifier')) || isSystemResourceServer(each) || isExcludedApi(each),
    ).map(removal('API', '/resource-servers')),
  ]
}
