import Type, { type Static } from 'typebox'
import { clientGrantDeletions, commitPlanned, unchanged } from '../deployment/index.ts'
import {
  type Client,
  type ClientGrant,
  managementAudience,
  newId,
  type ResourceServer,
  type Scope,
} from '../domain/index.ts'
import type { Store, Stored } from '../storage/index.ts'
import { operation } from './operation.ts'
import { answerPage, checkpointParameters, joined, offsetParameters, select } from './page.ts'
import { patched } from './patch.ts'
import type { ManagementPorts, ManagementSettings } from './ports.ts'
import { ManagementRefusal } from './refusals.ts'
import { byIdentifier } from './resource-servers.ts'
import {
  ClientGrantAnswer,
  ClientGrantList,
  CreateClientGrant,
  DefaultFor,
  SubjectType,
  UpdateClientGrant,
} from './schemas/client-grant.ts'
import { OrganizationList } from './schemas/organization.ts'

const pageParameters = { ...offsetParameters, ...checkpointParameters }

const ListQuery = Type.Object(
  {
    ...pageParameters,
    audience: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    subject_type: Type.Optional(SubjectType),
    allow_any_organization: Type.Optional(Type.Boolean()),
    default_for: Type.Optional(DefaultFor),
  },
  { additionalProperties: false },
)

/** `GET /client-grants`. */
export const listClientGrants = operation(
  { query: ListQuery, answer: ClientGrantList },
  async ({ query }, ports, settings) => {
    const { client_id, subject_type, allow_any_organization, default_for } = query
    const audience = query.audience === undefined ? undefined : storedAudience(query.audience, ports, settings)
    const where =
      client_id !== undefined
        ? { field: 'client_id', value: client_id }
        : audience !== undefined
          ? { field: 'audience', value: audience }
          : undefined
    const asked = [audience, client_id, subject_type, allow_any_organization, default_for]
    const matches = (grant: ClientGrant) =>
      (audience === undefined || grant.audience === audience) &&
      (subject_type === undefined || (grant.subject_type ?? 'client') === subject_type) &&
      (allow_any_organization === undefined || (grant.allow_any_organization ?? false) === allow_any_organization) &&
      (default_for === undefined || grant.default_for === default_for)
    const source = select(ports.store.clientGrants, {
      ...(where && { where }),
      ...(asked.some((value) => value !== undefined) && { matches }),
    })
    return answerPage('client_grants', source, query, grantView)
  },
)

/** `GET /client-grants/:id`. */
export const getClientGrant = operation({ answer: ClientGrantAnswer }, async ({ params }, { store }) =>
  grantView(await demandGrant(params.id, store)),
)

/** `POST /client-grants`, of one client or as the default of third-party clients. */
export const createClientGrant = operation(
  { body: CreateClientGrant, status: 201, answer: ClientGrantAnswer },
  async ({ body }, ports, settings) => {
    const { store } = ports
    const audience = storedAudience(body.audience, ports, settings)
    return commitPlanned(store, 'the client grant', async () => {
      const api = await byIdentifier(audience, store)
      if (api === undefined) throw new ManagementRefusal('grant-audience-unknown', { audience: body.audience })
      if (api.is_system === true && body.allow_all_scopes !== undefined)
        throw new ManagementRefusal('grant-all-scopes-of-system', {})
      const client = await demandHolder(body, api, store)
      const { client_id, default_for, subject_type = 'client', scope, ...members } = body
      const where =
        client_id === undefined ? { field: 'audience', value: audience } : { field: 'client_id', value: client_id }
      const others = await store.clientGrants.list({ where })
      const isSame = (one: ClientGrant) =>
        one.client_id === client_id && one.audience === audience && (one.subject_type ?? 'client') === subject_type
      if (others.some(isSame))
        throw new ManagementRefusal('grant-exists', { holder: client_id ?? default_for ?? '', audience })
      const grant: ClientGrant = {
        id: newId.clientGrant(ports.random),
        ...(client_id !== undefined && { client_id }),
        ...members,
        audience,
        ...scopesOf(scope, body.allow_all_scopes, api),
        subject_type,
        ...(default_for !== undefined && { default_for }),
      }
      return {
        changes: [
          // The Management API is never deleted.
          ...(api.is_system === true ? [] : [unchanged('resourceServers', api.id, api)]),
          ...(client === undefined ? [] : [unchanged('clients', client.client_id, client)]),
          { kind: 'clientGrants', create: grant },
        ],
        result: grant,
      }
    })
  },
)

/** `PATCH /client-grants/:id`. */
export const updateClientGrant = operation(
  { body: UpdateClientGrant, answer: ClientGrantAnswer },
  async ({ params, body }, { store }) =>
    commitPlanned(store, 'the client grant', async () => {
      const { revision, ...before } = await demandGrant(params.id, store)
      const api = await byIdentifier(before.audience, store)
      if (api?.is_system === true && body.allow_all_scopes != null)
        throw new ManagementRefusal('grant-all-scopes-of-system', {})
      const { scope: given, ...members } = body
      const { scope: kept, ...merged } = patched<ClientGrant>(before, members)
      // What the grant held before it was to hold all does not count against it.
      const isTurned = before.allow_all_scopes !== true && merged.allow_all_scopes === true
      const scope = given === undefined ? (isTurned ? undefined : kept) : (given ?? undefined)
      const replace = { ...merged, ...scopesOf(scope, merged.allow_all_scopes, api) }
      return { changes: [{ kind: 'clientGrants', key: before.id, revision, replace }], result: replace }
    }),
)

/** `DELETE /client-grants/:id`, with its organizations' associations. One that is not there is as good as deleted. */
export const deleteClientGrant = operation({ status: 204 }, async ({ params }, { store }) =>
  commitPlanned(store, 'the client grant', async () => {
    const grant = await store.clientGrants.get(params.id ?? '')
    return { changes: grant === undefined ? [] : await clientGrantDeletions([grant], store), result: undefined }
  }),
)

/** `GET /client-grants/:id/organizations`. */
export const listClientGrantOrganizations = operation(
  { query: Type.Object(pageParameters, { additionalProperties: false }), answer: OrganizationList },
  async ({ params, query }, { store }) => {
    const { id } = await demandGrant(params.id, store)
    const associations = select(store.organizationClientGrants, { where: { field: 'grant_id', value: id } })
    const organizations = joined(associations, ({ organization_id }) => store.organizations.get(organization_id))
    return answerPage('organizations', organizations, query, ({ revision: _revision, ...organization }) => organization)
  },
)

/** A client grant as it is answered. */
export function grantView({ revision: _revision, ...grant }: Stored<ClientGrant>): object {
  return grant
}

async function demandGrant(id: string | undefined, store: Store): Promise<Stored<ClientGrant>> {
  const grant = await store.clientGrants.get(id ?? '')
  if (grant === undefined) throw new ManagementRefusal('grant-unknown', {})
  return grant
}

/** The audience that grants are stored under: the Management API has one for each of the server's hosts, and grants at the first. */
export function storedAudience(audience: string, ports: ManagementPorts, { domain }: ManagementSettings): string {
  const { domains } = ports.snapshot()
  return [...domains.keys()].some((host) => managementAudience(host) === audience)
    ? managementAudience(domain)
    : audience
}

/** The client that a grant is for; of a default grant `undefined`. Refuses clients that cannot use the API. */
async function demandHolder(
  { client_id, default_for }: Static<typeof CreateClientGrant>,
  api: ResourceServer,
  store: Store,
): Promise<Stored<Client> | undefined> {
  if ((client_id === undefined) === (default_for === undefined)) throw new ManagementRefusal('grant-holder-unclear', {})
  const client = client_id === undefined ? undefined : await store.clients.get(client_id)
  if (client_id !== undefined && client === undefined) throw new ManagementRefusal('grant-client-unknown', {})
  if (client?.app_type === 'express_configuration')
    throw new ManagementRefusal('grant-client-type', { app_type: client.app_type })
  const isThirdParty = default_for !== undefined || client?.is_first_party === false
  // Third-party clients cannot use system APIs. Auth0 Docs, "Third-Party Applications".
  if (isThirdParty && api.is_system === true) throw new ManagementRefusal('grant-third-party', {})
  return client
}

/** The scopes that a grant is stored with: of the Management API only those that it has, as Auth0 does without a word. */
function scopesOf(
  scope: readonly Scope[] | undefined,
  allow_all_scopes: boolean | undefined,
  api: ResourceServer | undefined,
): Pick<ClientGrant, 'scope'> {
  if (allow_all_scopes === true) {
    if (scope !== undefined && scope.length > 0) throw new ManagementRefusal('grant-scopes-unclear', {})
    return {}
  }
  const defined = api?.is_system === true ? new Set(api.scopes?.map(({ value }) => value)) : undefined
  return { scope: [...new Set(scope)].filter((value) => defined?.has(value) ?? true) }
}
