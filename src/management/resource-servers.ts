import Type, { type Static } from 'typebox'
import {
  clientGrantDeletions,
  commitPlanned,
  DeploymentRefusal,
  demandUsable,
  openSigningSecret,
  signingSecretChanges,
  unchanged,
} from '../deployment/index.ts'
import {
  guesses,
  hostOfCustomDomain,
  isScope,
  newId,
  type ResourceServer,
  resourceServerDefaults,
  unenforceableOfResourceServer,
  withPolicies,
} from '../domain/index.ts'
import { encryptionKeyThumbprint, newClientSecret } from '../keys/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { fieldFilter, fieldParameters } from './fields.ts'
import { operation } from './operation.ts'
import { answerPage, offsetParameters, select } from './page.ts'
import { patched } from './patch.ts'
import type { ManagementPorts } from './ports.ts'
import { ManagementRefusal } from './refusals.ts'
import {
  CreateResourceServer,
  ResourceServerAnswer,
  ResourceServerList,
  UpdateResourceServer,
  UpdateSystemResourceServer,
} from './schemas/resource-server.ts'
import { parseBody } from './validate.ts'

const ListQuery = Type.Object(
  {
    ...offsetParameters,
    ...fieldParameters,
    identifiers: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  },
  { additionalProperties: false },
)

/** `GET /resource-servers`, optionally those with one of some identifiers: each its own parameter, or several in one between commas. */
export const listResourceServers = operation(
  { query: ListQuery, answer: ResourceServerList },
  async ({ query }, ports) => {
    const { identifiers } = query
    const wanted = identifiers && new Set(identifiers.flatMap((each) => [each, ...each.split(',')]))
    const matches = wanted && ((api: ResourceServer) => wanted.has(api.identifier))
    const source = select(ports.store.resourceServers, { ...(matches && { matches }) })
    const filter = fieldFilter(query)
    return answerPage('resource_servers', source, query, async (api) => filter(view(await withSecret(api, ports))))
  },
)

/** `GET /resource-servers/:id`, by id or by identifier. */
export const getResourceServer = operation(
  { query: Type.Object(fieldParameters, { additionalProperties: false }), answer: ResourceServerAnswer },
  async ({ params, query }, ports) => {
    const api = await findResourceServer(params.id ?? '', ports.store)
    if (api === undefined) throw new ManagementRefusal('resource-server-unknown', {})
    return fieldFilter(query)(view(await withSecret(api, ports)))
  },
)

/** `POST /resource-servers`. */
export const createResourceServer = operation(
  { body: CreateResourceServer, status: 201, answer: ResourceServerAnswer },
  async ({ body }, ports, { domain }) => {
    const { identifier } = body
    const created = { id: newId.resourceServer(ports.random), identifier, ...resourceServerDefaults }
    const api = patched<ResourceServer>(created, membersOf(body, undefined))
    return commitPlanned(ports.store, 'the resource server', async () => {
      if (await isReserved(identifier, ports.store, domain)) throw new ManagementRefusal('resource-server-reserved', {})
      if ((await byIdentifier(identifier, ports.store)) !== undefined)
        throw new ManagementRefusal('resource-server-exists', {})
      const secret = await secretChangesOf(api, body.signing_secret, ports)
      return {
        changes: [{ kind: 'resourceServers', create: api }, ...secret.changes],
        result: view({ ...api, ...secret.shown, revision: 1 }),
      }
    })
  },
)

/** `PATCH /resource-servers/:id`, by id or by identifier. */
export const updateResourceServer = operation(
  { body: UpdateResourceServer, answer: ResourceServerAnswer },
  async ({ params, body }, ports) =>
    commitPlanned(ports.store, 'the resource server', async () => {
      const stored = await findResourceServer(params.id ?? '', ports.store)
      if (stored === undefined) throw new ManagementRefusal('resource-server-unknown', {})
      const { revision, ...before } = stored
      if (before.is_system === true) parseBody(UpdateSystemResourceServer, body)
      const replace = patched<ResourceServer>(before, membersOf(body, before))
      const secret = await secretChangesOf(replace, body.signing_secret, ports)
      return {
        changes: [{ kind: 'resourceServers', key: before.id, revision, replace }, ...secret.changes],
        result: view({ ...replace, ...secret.shown, revision }),
      }
    }),
)

/** `DELETE /resource-servers/:id`, by id or by identifier, with the client grants at it. One that is not there is as good as deleted. */
export const deleteResourceServer = operation({ status: 204 }, async ({ params }, { store }) =>
  commitPlanned(store, 'the resource server', async () => {
    const api = await findResourceServer(params.id ?? '', store)
    if (api === undefined) return { changes: [], result: undefined }
    if (api.is_system === true) throw new ManagementRefusal('resource-server-system', {})
    const grants = await store.clientGrants.list({ where: { field: 'audience', value: api.identifier } })
    return {
      changes: [
        // A grant that is made meanwhile changes it too: none is left behind.
        unchanged('resourceServers', api.id, api),
        ...(await clientGrantDeletions(grants, store)),
        { kind: 'signingSecrets', delete: api.id },
        { kind: 'resourceServers', delete: api.id },
      ],
      result: undefined,
    }
  }),
)

/** An API by its identifier. */
export async function byIdentifier(identifier: string, store: Store): Promise<Stored<ResourceServer> | undefined> {
  const [api] = await store.resourceServers.list({ where: { field: 'identifier', value: identifier }, limit: 1 })
  return api
}

/** By id, else by identifier, as the path has it or, where a client escaped it twice, as that was meant. */
async function findResourceServer(named: string, store: Store): Promise<Stored<ResourceServer> | undefined> {
  for (const name of new Set([named, decoded(named)])) {
    const found = (await store.resourceServers.get(name)) ?? (await byIdentifier(name, store))
    if (found !== undefined) return found
  }
  return undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A per cent sign of its own: the text was not escaped twice.
    return text
  }
}

/** Of every host that the server is known by, or will be once it is verified. */
async function isReserved(identifier: string, { customDomains }: Store, domain: string): Promise<boolean> {
  const customs = (await customDomains.list()).map((one) => hostOfCustomDomain(one.domain, domain))
  const paths = guesses.reservedAudiencePaths
  return [domain, ...customs].some((host) => paths.some((path) => identifier === `https://${host}/${path}`))
}

/** What a body says of an API's record: its secret is kept apart, and policies of other subjects stay. */
function membersOf(
  { signing_secret: _apart, ...members }: Partial<Static<typeof CreateResourceServer>>,
  before: ResourceServer | undefined,
): object {
  const { token_encryption, subject_type_authorization } = members
  return {
    ...members,
    ...((before === undefined || subject_type_authorization !== undefined) && {
      subject_type_authorization: withPolicies(subject_type_authorization, before?.subject_type_authorization),
    }),
    ...(token_encryption != null && { token_encryption: withoutThumbprint(token_encryption) }),
  }
}

function withoutThumbprint({ encryption_key, ...encryption }: NonNullable<ResourceServer['token_encryption']>): object {
  return {
    ...encryption,
    encryption_key: Object.fromEntries(Object.entries(encryption_key).filter(([name]) => name !== 'thumbprint_sha256')),
  }
}

/** Checks an API that is to be stored, and tells what its signing secret takes. Refuses what no token could be made for, or be held to. */
async function secretChangesOf(
  api: ResourceServer,
  fixedSecret: string | undefined,
  ports: ManagementPorts,
): Promise<{ readonly changes: readonly Change[]; readonly shown: { readonly signing_secret?: string } }> {
  const { id: resource_server_id, identifier, signing_alg } = api
  const fault = unenforceableOfResourceServer(api)[0] ?? scopesFault(api)
  if (fault !== undefined) throw new DeploymentRefusal('resource-server-unusable', { identifier, fault })
  const stored = await ports.store.signingSecrets.get(resource_server_id)
  const kept = stored && openSigningSecret(stored, ports.sealer)
  const newSecret = kept ?? newClientSecret()
  const secret = fixedSecret ?? (signing_alg === 'HS256' ? newSecret : kept)
  demandUsable(api, secret)
  if (secret === undefined) return { changes: [], shown: {} }
  const given = { resource_server_id, newSecret, ...(fixedSecret !== undefined && { fixedSecret }) }
  return { changes: await signingSecretChanges(given, ports), shown: { signing_secret: secret } }
}

function scopesFault({ scopes = [] }: ResourceServer): string | undefined {
  const seen = new Set<string>()
  for (const { value } of scopes) {
    if (!isScope(value)) return `scopes: ${JSON.stringify(value)} has white space; a scope has none`
    if (seen.has(value)) return `scopes: ${JSON.stringify(value)} is named twice; name it once`
    seen.add(value)
  }
  return undefined
}

type Shown = Stored<ResourceServer & { readonly signing_secret?: string }>

async function withSecret(api: Stored<ResourceServer>, { store, sealer }: ManagementPorts): Promise<Shown> {
  const secret = await store.signingSecrets.get(api.id)
  return secret === undefined ? api : { ...api, signing_secret: openSigningSecret(secret, sealer) }
}

function view({ revision: _revision, ...api }: Shown): object {
  const { token_encryption } = api
  if (token_encryption == null) return api
  const { encryption_key } = token_encryption
  const thumbprint_sha256 = encryptionKeyThumbprint(encryption_key.pem)
  return {
    ...api,
    token_encryption: {
      ...token_encryption,
      encryption_key: { ...encryption_key, ...(thumbprint_sha256 !== undefined && { thumbprint_sha256 }) },
    },
  }
}
