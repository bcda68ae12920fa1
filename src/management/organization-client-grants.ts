import Type from 'typebox'
import { commitPlanned, unchanged } from '../deployment/index.ts'
import { type ClientGrant, limits, organizationGrantKey } from '../domain/index.ts'
import type { Store, Stored } from '../storage/index.ts'
import { grantView, storedAudience } from './client-grants.ts'
import { operation } from './operation.ts'
import { demandOrganization } from './organizations.ts'
import { answerPage, listed, offsetParameters } from './page.ts'
import { ManagementRefusal } from './refusals.ts'
import { AssociateClientGrant, AssociationAnswer, OrganizationClientGrantList } from './schemas/client-grant.ts'

const ListQuery = Type.Object(
  {
    ...offsetParameters,
    audience: Type.Optional(Type.String({ maxLength: limits.identifierLength })),
    client_id: Type.Optional(Type.String()),
    grant_ids: Type.Optional(Type.Array(Type.String({ format: 'client-grant-id' }))),
  },
  { additionalProperties: false },
)

/** `GET /organizations/:id/client-grants`: the grants that may be used for the organization, in the order they were associated in. */
export const listOrganizationClientGrants = operation(
  { query: ListQuery, answer: OrganizationClientGrantList },
  async ({ params, query }, ports, settings) => {
    const { store } = ports
    const { id } = await demandOrganization(params.id, store)
    const { client_id, grant_ids } = query
    const audience = query.audience === undefined ? undefined : storedAudience(query.audience, ports, settings)
    const matches = (grant: ClientGrant) =>
      (audience === undefined || grant.audience === audience) &&
      (client_id === undefined || grant.client_id === client_id) &&
      (grant_ids === undefined || grant_ids.includes(grant.id))
    // No more than an organization may have.
    const grants = (await associatedGrants(id, store)).filter(matches)
    return answerPage('client_grants', listed(grants), query, grantView)
  },
)

/** `POST /organizations/:id/client-grants`. */
export const associateClientGrant = operation(
  { body: AssociateClientGrant, status: 201, answer: AssociationAnswer },
  async ({ params, body: { grant_id } }, { store }) =>
    commitPlanned(store, 'the organization', async () => {
      const organization = await store.organizations.get(params.id ?? '')
      if (organization === undefined) throw new ManagementRefusal('organization-id-unknown', {})
      const grant = await store.clientGrants.get(grant_id)
      if (grant === undefined) throw new ManagementRefusal('grant-unknown', {})
      const key = organizationGrantKey(organization.id, grant_id)
      if ((await store.organizationClientGrants.get(key)) !== undefined)
        throw new ManagementRefusal('organization-grant-exists', {})
      const held = await store.organizationClientGrants.count({ field: 'organization_id', value: organization.id })
      if (held >= limits.organizationClientGrants) throw new ManagementRefusal('organization-grants-full', {})
      const { id: _id, revision: _revision, subject_type: _subject, ...shown } = grant
      return {
        changes: [
          unchanged('organizations', organization.id, organization),
          unchanged('clientGrants', grant_id, grant),
          {
            kind: 'organizationClientGrants',
            create: { id: key, organization_id: organization.id, grant_id },
          },
        ],
        result: { grant_id, ...shown },
      }
    }),
)

/** `DELETE /organizations/:id/client-grants/:grant_id`. An association that is not there is as good as deleted, in an organization that is. */
export const dissociateClientGrant = operation({ status: 204 }, async ({ params }, { store }) => {
  const organization = await store.organizations.get(params.id ?? '')
  if (organization === undefined) throw new ManagementRefusal('organization-id-unknown', {})
  await store.organizationClientGrants.delete(organizationGrantKey(organization.id, params.grant_id ?? ''))
})

async function associatedGrants(organization_id: string, store: Store): Promise<readonly Stored<ClientGrant>[]> {
  const where = { field: 'organization_id', value: organization_id }
  const associations = await store.organizationClientGrants.list({ where })
  const grants = await Promise.all(associations.map(({ grant_id }) => store.clientGrants.get(grant_id)))
  return grants.filter((grant) => grant !== undefined)
}
