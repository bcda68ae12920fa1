import Type, { type TObject, type TSchema } from 'typebox'
import { fieldParameters } from './fields.ts'
import { type Operation, operation } from './operation.ts'
import { demandOrganization } from './organizations.ts'
import { answerEmpty, checkpointParameters, offsetParameters, type PageQuery } from './page.ts'
import { ManagementRefusal } from './refusals.ts'
import {
  AddOrganizationConnection,
  CreateOrganizationAllConnection,
  CreateOrganizationDiscoveryDomain,
  DiscoveryDomainAnswer,
  OrganizationAllConnectionAnswer,
  OrganizationConnectionAnswer,
} from './schemas/connection.ts'
import { listAnswer } from './schemas/list-answer.ts'

// This server logs nobody in: it has no people, and no connections to log them in with. Auth0's clients list them all the same.

const offset = offsetParameters
const checkpoint = checkpointParameters
const closed = { additionalProperties: false } as const

/** `GET /connections`: there are none. */
export const listConnections = operation(
  {
    query: Type.Object(
      {
        ...offset,
        ...checkpoint,
        ...fieldParameters,
        strategy: Type.Optional(Type.Array(Type.String())),
        name: Type.Optional(Type.String()),
        domain_alias: Type.Optional(Type.String()),
      },
      closed,
    ),
    answer: listAnswer('connections', Type.Object({})),
  },
  async ({ query }) => answerEmpty('connections', query),
)

/** `GET /organizations/:id/connections`: there are none. */
export const listOrganizationConnections = emptyList(
  'connections',
  Type.Object({ ...offset, is_enabled: Type.Optional(Type.Boolean()) }, closed),
  listAnswer('connections', OrganizationAllConnectionAnswer, ['array', 'offset']),
)

/** `GET /organizations/:id/enabled_connections`: there are none. */
export const listEnabledConnections = emptyList(
  'enabled_connections',
  Type.Object(offset, closed),
  listAnswer('enabled_connections', OrganizationConnectionAnswer, ['array', 'offset']),
)

/** `GET /organizations/:id/discovery-domains`: there are none. Always by `take` and `from`. */
export const listDiscoveryDomains = emptyList(
  'domains',
  Type.Object(checkpoint, closed),
  listAnswer('domains', DiscoveryDomainAnswer, ['checkpoint']),
  { take: 50 },
)

/** `GET /organizations/:id/clients`: none is associated. Always by `take` and `from`. */
export const listOrganizationClients = emptyList(
  'clients',
  Type.Object({ ...offset, ...checkpoint }, closed),
  listAnswer('clients', Type.Object({}), ['offset', 'checkpoint']),
  { take: 50 },
)

/** `GET /organizations/:id/members`: there are none. */
export const listOrganizationMembers = emptyList(
  'members',
  Type.Object({ ...offset, ...checkpoint, ...fieldParameters }, closed),
  listAnswer('members', Type.Object({})),
)

/** `POST /organizations/:id/connections`: refused, there is no connection to enable. */
export const createOrganizationConnection = operation(
  { body: CreateOrganizationAllConnection, status: 201, answer: OrganizationAllConnectionAnswer },
  async ({ params, body: { connection_id } }, { store }) => {
    await demandOrganization(params.id, store)
    throw new ManagementRefusal('connections-absent', { connection_id })
  },
)

/** `POST /organizations/:id/enabled_connections`: refused, there is no connection to enable. */
export const enableConnection = operation(
  { body: AddOrganizationConnection, status: 201, answer: OrganizationConnectionAnswer },
  async ({ params, body: { connection_id } }, { store }) => {
    await demandOrganization(params.id, store)
    throw new ManagementRefusal('connections-absent', { connection_id })
  },
)

/** `POST /organizations/:id/discovery-domains`: refused, nobody's organization is found by a domain here. */
export const createDiscoveryDomain = operation(
  { body: CreateOrganizationDiscoveryDomain, status: 201, answer: DiscoveryDomainAnswer },
  async ({ params, body: { domain } }, { store }) => {
    await demandOrganization(params.id, store)
    throw new ManagementRefusal('discovery-domains-absent', { domain })
  },
)

/** A list of an organization that is always empty, once the organization is there. */
function emptyList(key: string, query: TObject, answer: TSchema, style: PageQuery = {}): Operation {
  return operation({ query, answer }, async ({ params, query: asked }, { store }) => {
    await demandOrganization(params.id, store)
    const given: PageQuery = asked
    return answerEmpty(key, given.include_totals === true ? given : { ...style, ...given })
  })
}
