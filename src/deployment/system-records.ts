import {
  type Client,
  type ClientGrant,
  clientDefaults,
  managementApiName,
  managementAudience,
  managementClientName,
  managementScopes,
  newId,
  type ResourceServer,
  resourceServerDefaults,
  withPolicies,
} from '../domain/index.ts'
import { newClientSecret } from '../keys/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { type ClientSecretPorts, openClientSecret, secretChanges } from './client-secrets.ts'
import { commitPlanned } from './commit.ts'
import type { DeploymentPorts } from './ports.ts'

/** The client that manages the server, with its secret in the clear: for whoever owns the server. */
export interface ManagementClient {
  readonly client_id: string
  readonly client_secret: string
  readonly audience: string
}

/** Which client is to manage the server: `generated` makes one of its own, or gives the one made before. */
export type WantedManagementClient = 'generated' | { readonly client_id: string; readonly client_secret: string }

export interface SystemRecordPorts extends ClientSecretPorts, Pick<DeploymentPorts, 'random'> {
  /** Host, with its port unless that is 443, of the issuer. */
  readonly domain: string
}

/** The record of `meta` that names the client which manages the server. */
const managementClientRecord = 'management-client'

/**
 * Makes the records there that every tenant has: the Management API among its APIs, under the server's domain, the global client, and the
 * client that manages the server where one is wanted, with every scope. Answers that client. What is there and right is left alone.
 */
export function ensureSystemRecords(
  wanted: WantedManagementClient | undefined,
  ports: SystemRecordPorts,
): Promise<ManagementClient | undefined> {
  const { store, sealer, random, domain } = ports
  const audience = managementAudience(domain)
  return commitPlanned(store, "the server's own records", async () => {
    const [apis, clients, named] = await Promise.all([
      store.resourceServers.list(),
      store.clients.list({ where: { field: 'name', value: globalClientName } }),
      store.meta.get(managementClientRecord),
    ])
    const changes: Change[] = []
    const api = apis.find(({ is_system }) => is_system === true)
    if (apis.some(({ identifier, is_system }) => identifier === audience && is_system !== true))
      throw new Error(
        `an API has the identifier ${audience}, which is the Management API's under this domain: delete it, or give another DOMAIN`,
      )
    const system = systemApi(api?.id ?? newId.resourceServer(random), audience, api)
    if (api === undefined) changes.push({ kind: 'resourceServers', create: system })
    else if (api.identifier !== audience || !isWhole(api.scopes?.map(({ value }) => value)))
      changes.push({ kind: 'resourceServers', key: api.id, revision: api.revision, replace: system })
    if (api !== undefined && api.identifier !== audience) {
      // The server is known by another host now: whoever was granted its API still is.
      for (const grant of await store.clientGrants.list({ where: { field: 'audience', value: api.identifier } }))
        replaceGrant(changes, grant, { audience })
    }
    if (!clients.some(({ global }) => global === true))
      changes.push({ kind: 'clients', create: globalClient(newId.client(random)) })
    if (wanted === undefined) return { changes, result: undefined }
    const client_id = wanted === 'generated' ? (named?.value ?? newId.client(random)) : wanted.client_id
    const secret = wanted === 'generated' ? undefined : wanted.client_secret
    const [client, grants, stored] = await Promise.all([
      store.clients.get(client_id),
      store.clientGrants.list({ where: { field: 'client_id', value: client_id } }),
      store.clientSecrets.get(client_id),
    ])
    const made = newClientSecret()
    if (named === undefined) changes.push({ kind: 'meta', create: { name: managementClientRecord, value: client_id } })
    else if (named.value !== client_id) {
      const { revision } = named
      const replace = { name: managementClientRecord, value: client_id }
      changes.push({ kind: 'meta', key: managementClientRecord, revision, replace })
    }
    if (client === undefined) changes.push({ kind: 'clients', create: managementClient(client_id) })
    else {
      const { revision, ...before } = client
      const replace = unbarred(before)
      // A start is the way back in for who locked themselves out.
      if (replace !== before) changes.push({ kind: 'clients', key: client_id, revision, replace })
    }
    changes.push(...(await secretChanges(client_id, secret, made, ports)))
    const granted = grants.find(
      (grant) => (grant.subject_type ?? 'client') === 'client' && [audience, api?.identifier].includes(grant.audience),
    )
    if (granted === undefined)
      changes.push({ kind: 'clientGrants', create: managementGrant(newId.clientGrant(random), client_id, audience) })
    else if (!isWhole(granted.scope) || granted.organization_usage === 'require') {
      const { organization_usage: _usage, ...kept } = granted
      replaceGrant(changes, kept, { audience, scope: managementScopes })
    }
    const client_secret = secret ?? (stored === undefined ? made : openClientSecret(stored, sealer))
    return { changes, result: { client_id, client_secret, audience } }
  })
}

/** Whether scopes are those of the Management API, as this version has them, in whichever order. */
function isWhole(scopes: readonly string[] = []): boolean {
  const given = new Set(scopes)
  return given.size === managementScopes.length && managementScopes.every((scope) => given.has(scope))
}

/** One change a record: what another one of the same plan makes of a grant is kept. */
function replaceGrant(
  changes: Change[],
  { revision, ...grant }: Stored<ClientGrant>,
  members: Partial<ClientGrant>,
): void {
  const index = changes.findIndex(
    (change) => change.kind === 'clientGrants' && 'key' in change && change.key === grant.id,
  )
  if (index !== -1) changes.splice(index, 1)
  changes.push({ kind: 'clientGrants', key: grant.id, revision, replace: { ...grant, ...members } })
}

/** What of a tenant's records is the server's own, by key: a tenant folder neither names nor removes it. */
export async function systemKeys(store: Store): Promise<{
  readonly clients: readonly string[]
  readonly resourceServers: readonly string[]
  readonly clientGrants: readonly string[]
}> {
  const [apis, globals, named] = await Promise.all([
    store.resourceServers.list(),
    store.clients.list({ where: { field: 'name', value: globalClientName } }),
    store.meta.get(managementClientRecord),
  ])
  const grants =
    named === undefined ? [] : await store.clientGrants.list({ where: { field: 'client_id', value: named.value } })
  return {
    clients: [
      ...globals.filter(({ global }) => global === true).map(({ client_id }) => client_id),
      ...(named === undefined ? [] : [named.value]),
    ],
    resourceServers: apis.filter(({ is_system }) => is_system === true).map(({ id }) => id),
    clientGrants: grants.map(({ id }) => id),
  }
}

/** The name of the global client, which it keeps: it is found by it. @see Auth0 Docs, Management API "Get clients": `is_global` */
export const globalClientName = 'All Applications'

function globalClient(client_id: string): Client {
  return { client_id, name: globalClientName, global: true, grant_types: [] }
}

function managementClient(client_id: string): Client {
  const members = { app_type: 'non_interactive', token_endpoint_auth_method: 'client_secret_post' } as const
  return {
    ...clientDefaults(members),
    ...members,
    client_id,
    name: managementClientName,
    grant_types: ['client_credentials'],
  }
}

/** Seconds that a token has to live for anybody to set something right with it. */
const leastLifetimeSeconds = 60

/** The management client as it gets a token again, by its secret, that the Management API takes; itself where nothing keeps it from that. */
function unbarred(client: Client): Client {
  const {
    client_authentication_methods: methods,
    compliance_level,
    require_proof_of_possession,
    token_lifetime,
    ...kept
  } = client
  const { grant_types, token_endpoint_auth_method: method } = managementClient(client.client_id)
  const isShort = token_lifetime !== undefined && token_lifetime < leastLifetimeSeconds
  const isBarred =
    methods != null ||
    require_proof_of_possession === true ||
    client.is_first_party === false ||
    client.token_endpoint_auth_method === 'none' ||
    !client.grant_types.includes('client_credentials') ||
    isShort
  if (!isBarred) return client
  return {
    ...kept,
    is_first_party: true,
    grant_types,
    ...(method != null && { token_endpoint_auth_method: method }),
    ...(token_lifetime !== undefined && !isShort && { token_lifetime }),
    ...(compliance_level != null && methods == null && { compliance_level }),
  }
}

function managementGrant(id: string, client_id: string, audience: string): ClientGrant {
  return { id, client_id, audience, scope: managementScopes, subject_type: 'client' }
}

/** What may be set of it (its lifetime, how its tokens are signed) stays. */
function systemApi(
  id: string,
  identifier: string,
  before: Partial<ResourceServer> & { readonly revision?: number } = {},
): ResourceServer {
  const { revision: _revision, ...kept } = before
  return {
    ...resourceServerDefaults,
    subject_type_authorization: withPolicies(undefined),
    ...kept,
    id,
    identifier,
    name: managementApiName,
    is_system: true,
    scopes: managementScopes.map((value) => ({ value })),
  }
}
