import {
  credentialsExchange,
  faultsOfTokenQuota,
  isJsonObject,
  isScope,
  type Json,
  type JsonObject,
  limits,
  type TenantSettings,
  unenforceableOfClient,
  unenforceableOfResourceServer,
} from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import type { FolderClient, FolderGrant, FolderOrganization, FolderResourceServer } from './folder-tenant.ts'
import type { Item, Path } from './item.ts'
import { readAuthenticationMethods, withoutCredentials } from './read-authentication.ts'
import { readObject, readObjects } from './read-object.ts'

/** An object of the folder and where its parts stand, for the rules that join it with others. */
export interface Placed<T> {
  readonly object: T
  readonly item: Item
}

/** An API that Auth0 makes itself: its name, or an identifier such as every tenant's Management API has. */
export function isSystemApi(audience: string): boolean {
  return /^https:\/\/[^/]+\/api\/v2\/$/.test(audience)
}

/** Reads the tenant's settings. Refuses default quotas that are none. */
export function readSettings(item: Item, findings: FindingList): Placed<TenantSettings> | undefined {
  const settings = readObject(item, [], 'tenant', findings)
  if (settings === undefined) return undefined
  const quotas = item.at(['default_token_quota'])
  for (const [entities, quota] of isJsonObject(quotas) ? Object.entries(quotas) : []) {
    const path = ['default_token_quota', entities]
    if (entities !== 'clients' && entities !== 'organizations')
      findings.error(item.placeOf(path), `${path.join('.')} is no part of a default quota; take it out`)
    else if (quota !== null) refuseQuota(item, path, findings)
  }
  return { object: settings as TenantSettings, item }
}

/** Reads a client. Refuses metadata over the limits, credentials that cannot stand, and what this server cannot enforce. */
export function readClient(item: Item, findings: FindingList): Placed<FolderClient> | undefined {
  const members = readObject(item, [], 'client', findings)
  if (members === undefined) return undefined
  if (members.jwt_configuration !== undefined) readObject(item, ['jwt_configuration'], 'jwtConfiguration', findings)
  if (members.default_organization !== undefined)
    readObject(item, ['default_organization'], 'defaultOrganization', findings)
  if (members.token_quota !== undefined) refuseQuota(item, ['token_quota'], findings)
  const methods = readAuthenticationMethods(item, findings)
  const client = {
    ...members,
    ...(methods !== undefined && { client_authentication_methods: methods }),
    place: item.placeOf([]),
  } as unknown as FolderClient
  const metadata = Object.entries(client.client_metadata ?? {})
  if (metadata.length > limits.clientMetadataKeys)
    findings.error(
      item.placeOf(['client_metadata']),
      overLimit('client_metadata', metadata.length, 'keys', limits.clientMetadataKeys),
    )
  for (const [key, value] of metadata) {
    const longest = Math.max(key.length, value.length)
    if (longest > limits.clientMetadataLength)
      findings.error(
        item.placeOf(['client_metadata', key]),
        overLimit(`client_metadata ${JSON.stringify(key)}`, longest, 'characters', limits.clientMetadataLength),
      )
  }
  const { client_authentication_methods: _methods, ...rest } = client
  const bare = methods === undefined ? {} : { client_authentication_methods: withoutCredentials(methods) }
  refuseSentences(item, unenforceableOfClient({ ...rest, ...bare, client_id: '', grant_types: [] }), findings)
  return { object: client, item }
}

/** Reads an API. Refuses scopes that cannot stand, and what this server cannot enforce. */
export function readResourceServer(item: Item, findings: FindingList): Placed<FolderResourceServer> | undefined {
  const members = readObject(item, [], 'resourceServer', findings)
  if (members === undefined) return undefined
  const scopes = readObjects(item, ['scopes'], 'scope', findings)
  const seen = new Set<Json | undefined>()
  for (const { path, value } of scopes) {
    const scope = value.value
    if (typeof scope === 'string') refuseScope(item, [...path, 'value'], scope, findings)
    if (seen.has(scope)) findings.error(item.placeOf(path), `scope ${JSON.stringify(scope)} is defined twice`)
    seen.add(scope)
  }
  if (scopes.length > limits.scopes)
    findings.error(item.placeOf(['scopes']), overLimit('the API', scopes.length, 'scopes', limits.scopes))
  refuseUnknownPolicy(item, findings)
  readTokenEncryption(item, members, findings)
  noteSigningSecret(item, members, findings)
  const api = {
    ...withoutId(item, members, findings),
    ...(Array.isArray(members.scopes) && { scopes: scopes.map((scope) => scope.value) }),
    place: item.placeOf([]),
  } as unknown as FolderResourceServer
  // What is wrong with its encryption was told already, member by member.
  refuseSentences(item, unenforceableOfResourceServer({ ...api, id: '', token_encryption: null }), findings)
  return { object: api, item }
}

/** Whether the key is one is not told here: that takes cryptography. */
function readTokenEncryption(item: Item, { token_encryption }: JsonObject, findings: FindingList): void {
  if (token_encryption === undefined) return
  const encryption = readObject(item, ['token_encryption'], 'tokenEncryption', findings)
  if (encryption !== undefined) readObject(item, ['token_encryption', 'encryption_key'], 'encryptionKey', findings)
}

function noteSigningSecret(item: Item, { signing_alg, signing_secret }: JsonObject, findings: FindingList): void {
  if (signing_alg === 'HS256' && signing_secret === undefined)
    findings.warn(
      item.placeOf(['signing_alg']),
      'signing_secret: none is given, so the server makes one; give one that the API knows, to verify its tokens with',
    )
  if (signing_alg !== 'HS256' && signing_secret !== undefined)
    findings.warn(item.placeOf(['signing_secret']), 'signing_secret: not kept; signing_alg "HS256" alone uses one')
}

/** Reads a client grant of one client. A grant that names no scopes holds none. */
export function readClientGrant(item: Item, findings: FindingList): Placed<FolderGrant> | undefined {
  const members = readObject(item, [], 'clientGrant', findings)
  if (members === undefined) return undefined
  const { client_id: client, scope = [], ...rest } = withoutId(item, members, findings)
  const grant = { ...rest, client, scope, place: item.placeOf([]) } as unknown as FolderGrant
  for (const [index, value] of grant.scope.entries()) refuseScope(item, ['scope', index], value, findings)
  return { object: grant, item }
}

/** Reads an organization, without the client grants of clients that are left out of the folder. */
export function readOrganization(
  item: Item,
  isLeftOut: (client: string) => boolean,
  findings: FindingList,
): Placed<FolderOrganization> | undefined {
  const members = readObject(item, [], 'organization', findings)
  if (members === undefined) return undefined
  if (members.token_quota !== undefined) refuseQuota(item, ['token_quota'], findings)
  const grants = readObjects(item, ['client_grants'], 'organizationClientGrant', findings).map(({ value }) => value)
  const organization = {
    ...withoutId(item, members, findings),
    ...(Array.isArray(members.client_grants) && {
      client_grants: grants.filter(({ client_id }) => !isLeftOut(String(client_id))),
    }),
    place: item.placeOf([]),
  }
  return { object: organization as unknown as FolderOrganization, item }
}

/** The bindings of the one trigger that is served, in order, and those of every other trigger as they are. */
export function readTriggers(
  item: Item,
  findings: FindingList,
): {
  readonly bindings: readonly Placed<{ action_name: string; display_name: string }>[]
  readonly others: JsonObject
} {
  const triggers = item.at([])
  if (!isJsonObject(triggers)) {
    findings.error(item.placeOf([]), 'triggers must be an object: the id of each trigger, with a list of bindings')
    return { bindings: [], others: {} }
  }
  const { [credentialsExchange]: served, ...others } = triggers
  if (served != null && !Array.isArray(served))
    findings.error(item.placeOf([credentialsExchange]), `${credentialsExchange} must be a list of objects`)
  const bindings = readObjects(item, [credentialsExchange], 'binding', findings).map(({ path, value }) => {
    const action_name = String(value.action_name)
    const display_name = typeof value.display_name === 'string' ? value.display_name : action_name
    const place = (part: Path) => item.placeOf([...path, ...part])
    return {
      object: { action_name, display_name },
      item: { at: (part: Path) => item.at([...path, ...part]), placeOf: place },
    }
  })
  return { bindings, others }
}

/** `the API has 1001 scopes; the limit is 1000`. */
export function overLimit(what: string, count: number, unit: string, limit: number): string {
  return `${what} has ${count} ${unit}; the limit is ${limit}`
}

function refuseScope(item: Item, path: Path, scope: string, findings: FindingList): void {
  if (isScope(scope)) return
  const rule = `a scope has 1 to ${limits.scopeLength} characters and no white space`
  findings.error(item.placeOf(path), `${JSON.stringify(scope)} is not a scope: ${rule}`)
}

function refuseSentences(item: Item, sentences: readonly string[], findings: FindingList): void {
  // Each sentence begins with the member it is about.
  for (const sentence of sentences) findings.error(item.placeOf((sentence.split(' ', 1)[0] ?? '').split('.')), sentence)
}

function refuseQuota(item: Item, path: readonly string[], findings: FindingList): void {
  for (const fault of faultsOfTokenQuota(item.at(path), path)) findings.error(item.placeOf(fault.path), fault.message)
}

function refuseUnknownPolicy(item: Item, findings: FindingList): void {
  const path = ['subject_type_authorization', 'client', 'policy']
  const policy = item.at(path)
  if (policy !== undefined && policy !== 'deny_all' && policy !== 'require_client_grant')
    findings.error(
      item.placeOf(path),
      `${path.join('.')} must be one of "deny_all", "require_client_grant"; found ${JSON.stringify(policy)}`,
    )
}

function withoutId(item: Item, members: JsonObject, findings: FindingList): JsonObject {
  const { id, ...rest } = members
  if (id !== undefined) findings.warn(item.placeOf(['id']), 'id: ignored; the server gives its own')
  return rest
}
