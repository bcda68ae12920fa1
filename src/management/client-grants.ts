import Type from 'typebox'
import type { ClientGrant } from '../domain/index.ts'
import type { Stored } from '../storage/index.ts'
import { operation } from './operation.ts'
import { answerPage, checkpointParameters, offsetParameters, select } from './page.ts'
import { ManagementRefusal } from './refusals.ts'

const ListQuery = Type.Object(
  {
    ...offsetParameters,
    ...checkpointParameters,
    audience: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    subject_type: Type.Optional(Type.Enum(['client', 'user'])),
    allow_any_organization: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** `GET /client-grants`. */
export const listClientGrants = operation({ query: ListQuery }, async ({ query }, { store }) => {
  const { client_id, audience, subject_type, allow_any_organization } = query
  const where =
    client_id !== undefined
      ? { field: 'client_id', value: client_id }
      : audience !== undefined
        ? { field: 'audience', value: audience }
        : undefined
  const isNarrowed = [client_id, audience, subject_type, allow_any_organization].some((value) => value !== undefined)
  const matches = (grant: ClientGrant) =>
    (audience === undefined || grant.audience === audience) &&
    (subject_type === undefined || (grant.subject_type ?? 'client') === subject_type) &&
    (allow_any_organization === undefined || (grant.allow_any_organization ?? false) === allow_any_organization)
  const source = select(store.clientGrants, { ...(where && { where }), ...(isNarrowed && { matches }) })
  return answerPage('client_grants', source, query, view)
})

/** `GET /client-grants/:id`. */
export const getClientGrant = operation({}, async ({ params }, { store }) => {
  const grant = await store.clientGrants.get(params.id ?? '')
  if (grant === undefined) throw new ManagementRefusal('grant-unknown', {})
  return view(grant)
})

function view({ revision: _revision, ...grant }: Stored<ClientGrant>): object {
  return grant
}
