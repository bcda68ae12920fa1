import { type JsonObject, managementClientName } from '../domain/index.ts'

/** A tenant as a running server's Management API answers it: what an export writes, and an import compares with. */
export interface ServedTenant {
  readonly settings: JsonObject
  readonly clients: readonly JsonObject[]
  readonly resourceServers: readonly JsonObject[]
  readonly clientGrants: readonly JsonObject[]
  readonly organizations: readonly JsonObject[]
  /** The ids of the client grants of each organization, by its id. */
  readonly organizationGrants: ReadonlyMap<string, readonly string[]>
  readonly modules: readonly JsonObject[]
  readonly actions: readonly JsonObject[]
  /** The bindings of every trigger that has some, by its id, in order. */
  readonly bindings: ReadonlyMap<string, readonly ServedBinding[]>
  /** The client that manages the server: whoever asked. */
  readonly managementClientId: string
}

/** A place in a trigger's order. */
export interface ServedBinding {
  readonly action_name: string
  readonly display_name: string
}

/** A member that is a text; empty where it is none. */
export function textOf(object: JsonObject, member: string): string {
  const value = object[member]
  return typeof value === 'string' ? value : ''
}

/** Whether a client is the server's own: the global one, or the one that manages it. */
export function isSystemClient(client: JsonObject, { managementClientId }: ServedTenant): boolean {
  return client.global === true || client.client_id === managementClientId || client.name === managementClientName
}

/** Whether an API is the server's own: its Management API. */
export function isSystemResourceServer(api: JsonObject): boolean {
  return api.is_system === true
}
