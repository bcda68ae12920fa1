import Type from 'typebox'
import {
  createClient as createStored,
  deleteClient as deleteStored,
  demandClient,
  rotateClientSecret,
  updateClient as updateStored,
} from '../deployment/index.ts'
import { demandScope } from './authorize.ts'
import { clientChange } from './client-changes.ts'
import { newClient } from './client-creation.ts'
import { demandSoundClient } from './client-rules.ts'
import { clientSelection } from './client-selection.ts'
import { clientViewer, demandReadable, readingAfterUpdateBy, readingBy, wholeClient } from './client-views.ts'
import { fieldParameters } from './fields.ts'
import { operation } from './operation.ts'
import { answerEmpty, answerPage, checkpointParameters, offsetParameters } from './page.ts'
import { ManagementRefusal } from './refusals.ts'
import { ClientAnswer, ClientConnectionList, ClientList, CreateClient, UpdateClient } from './schemas/client.ts'

const ListQuery = Type.Object(
  {
    ...fieldParameters,
    ...offsetParameters,
    ...checkpointParameters,
    is_global: Type.Optional(Type.Boolean()),
    is_first_party: Type.Optional(Type.Boolean()),
    app_type: Type.Optional(Type.String()),
    external_client_id: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
    q: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

const GetQuery = Type.Object({ ...fieldParameters }, { additionalProperties: false })

const ConnectionsQuery = Type.Object(
  {
    ...fieldParameters,
    ...offsetParameters,
    ...checkpointParameters,
    strategy: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

/** `GET /clients`: in order of creation, as far as the token may read them. */
export const listClients = operation({ query: ListQuery, answer: ClientList }, async ({ query, scopes }, ports) => {
  const reading = readingBy(scopes)
  demandReadable(query, reading)
  return answerPage('clients', await clientSelection(query, ports.store), query, clientViewer(ports, reading, query))
})

/** `GET /clients/:id`. */
export const getClient = operation(
  { query: GetQuery, answer: ClientAnswer },
  async ({ params, query, scopes }, ports) => {
    const reading = readingBy(scopes)
    demandReadable(query, reading)
    return clientViewer(ports, reading, query)(await demandClient(params.id ?? '', ports))
  },
)

/** `POST /clients`: stores the defaults too, and answers the client secret whatever the token may read. */
export const createClient = operation(
  { body: CreateClient, status: 201, answer: ClientAnswer },
  async ({ body, ...caller }, ports) => {
    if (body.client_id !== undefined) throw new ManagementRefusal('client-id-given', {})
    const { client, credentials } = newClient(body, ports.random)
    if (credentials.length > 0) demandScope(caller, ['create:client_credentials'])
    demandSoundClient(client)
    await createStored({ client, credentials }, ports)
    return { ...(await clientViewer(ports, wholeClient)(client)), encrypted: true }
  },
)

/** `PATCH /clients/:id`: which scope it takes, each member says. */
export const updateClient = operation(
  { body: UpdateClient, answer: ClientAnswer },
  async ({ params, body, ...caller }, ports) => {
    for (const scopes of scopesToUpdate(body)) demandScope(caller, scopes)
    const client = await updateStored(params.id ?? '', clientChange(body), ports)
    return clientViewer(ports, readingAfterUpdateBy(caller.scopes))(client)
  },
)

/** `DELETE /clients/:id`: as good as done when there is none. */
export const deleteClient = operation({ status: 204 }, async ({ params }, ports) => {
  await deleteStored(params.id ?? '', ports)
})

/** `POST /clients/:id/rotate-secret`: the secret before ends at once. */
export const rotateSecret = operation({ answer: ClientAnswer }, async ({ params }, ports) => {
  const client = await demandClient(params.id ?? '', ports)
  if (client.global === true) throw new ManagementRefusal('client-global-fixed', {})
  await rotateClientSecret(client.client_id, ports)
  return clientViewer(ports, wholeClient)(client)
})

/** `GET /clients/:id/connections`: there are no connections here. */
export const listClientConnections = operation(
  {
    query: ConnectionsQuery,
    answer: ClientConnectionList,
  },
  async ({ params, query }, ports) => {
    await demandClient(params.id ?? '', ports)
    return query.include_totals === undefined ? { connections: [] } : answerEmpty('connections', query)
  },
)

const memberScopes: Readonly<Record<string, readonly string[]>> = {
  client_secret: ['update:client_keys'],
  client_authentication_methods: ['update:client_credentials'],
  token_vault_privileged_access: ['update:clients', 'update:client_token_vault_privileged_access'],
}

/** For each member, scopes of which one is needed. @see Auth0 Docs, Management API "Update a client" */
function scopesToUpdate(body: object): Iterable<readonly string[]> {
  return new Set(Object.keys(body).map((member) => memberScopes[member] ?? ordinary))
}

const ordinary = ['update:clients']
