import Type, { type Static } from 'typebox'
import { commitPlanned } from '../deployment/index.ts'
import { guesses, newId, type Organization } from '../domain/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { operation } from './operation.ts'
import { answerPage, checkpointParameters, offsetParameters, type PageSource, select } from './page.ts'
import { patched } from './patch.ts'
import { ManagementRefusal } from './refusals.ts'
import {
  CreatedOrganizationAnswer,
  CreateOrganization,
  OrganizationAnswer,
  OrganizationList,
  UpdateOrganization,
} from './schemas/organization.ts'
import { sortedBy } from './sort.ts'

const ListQuery = Type.Object(
  {
    ...offsetParameters,
    ...checkpointParameters,
    sort: Type.Optional(Type.String({ maxLength: 15, pattern: '^(name|display_name|created_at):(1|-1)$' })),
    // No organization is associated with a client here, so no answer shows it.
    include_client_association_for: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

/** `GET /organizations`, in order of creation unless sorted. */
export const listOrganizations = operation(
  { query: ListQuery, answer: OrganizationList },
  async ({ query, scopes }, { store }) =>
    answerPage('organizations', inOrder(query.sort, store), query, (organization) => shown(organization, scopes)),
)

/** `GET /organizations/:id`. */
export const getOrganization = operation({ answer: OrganizationAnswer }, async ({ params, scopes }, { store }) =>
  shown(await demandOrganization(params.id, store), scopes),
)

/** `GET /organizations/name/:name`. */
export const getOrganizationByName = operation({ answer: OrganizationAnswer }, async ({ params }, { store }) => {
  const organization = await byName(params.name ?? '', store)
  if (organization === undefined) throw new ManagementRefusal('organization-unknown', {})
  return organizationView(organization)
})

/** `POST /organizations`. */
export const createOrganization = operation(
  { body: CreateOrganization, status: 201, answer: CreatedOrganizationAnswer },
  async ({ body }, { store, random }) => {
    const { enabled_connections = [], ...members } = body
    const [connection] = enabled_connections
    if (connection !== undefined)
      throw new ManagementRefusal('connections-absent', { connection_id: connection.connection_id })
    const organization = patched<Organization>(
      { id: newId.organization(random), name: body.name, ...newOrganization },
      membersOf(members),
    )
    return commitPlanned(store, 'the organization', async () => {
      await demandFreeName(organization, store)
      return { changes: [{ kind: 'organizations', create: organization }], result: organization }
    })
  },
)

/** `PATCH /organizations/:id`. Metadata is replaced as a whole. */
export const updateOrganization = operation(
  { body: UpdateOrganization, answer: OrganizationAnswer },
  async ({ params, body }, { store }) =>
    commitPlanned(store, 'the organization', async () => {
      const { revision, ...before } = await demandOrganization(params.id, store)
      const replace = patched<Organization>(before, membersOf(body))
      await demandFreeName(replace, store)
      return { changes: [{ kind: 'organizations', key: before.id, revision, replace }], result: replace }
    }),
)

/** `DELETE /organizations/:id`, with its associations. Unlike other things it has to be there, as at Auth0. */
export const deleteOrganization = operation({ status: 204 }, async ({ params }, { store }) =>
  commitPlanned(store, 'the organization', async () => {
    const { revision, ...organization } = await demandOrganization(params.id, store)
    const { id } = organization
    const associations = await store.organizationClientGrants.list({ where: { field: 'organization_id', value: id } })
    return {
      changes: [
        // An association that is made meanwhile changes it too: none is left behind.
        { kind: 'organizations', key: id, revision, replace: organization },
        ...associations.map((association): Change => ({ kind: 'organizationClientGrants', delete: association.id })),
        { kind: 'organizations', delete: id },
      ],
      result: undefined,
    }
  }),
)

/** An organization by its id. Refuses one that is not there. */
export async function demandOrganization(id: string | undefined, store: Store): Promise<Stored<Organization>> {
  const organization = await store.organizations.get(id ?? '')
  if (organization === undefined) throw new ManagementRefusal('organization-unknown', {})
  return organization
}

/** What Auth0 gives an organization that says nothing of it. Neither bears on clients' own tokens. */
const newOrganization = { third_party_client_access: 'block', is_app_entitlement_active: false }

function organizationView({ revision: _revision, ...organization }: Stored<Organization>): object {
  return organization
}

/** All of an organization, or what tells it from others where a token reads no more. */
function shown(organization: Stored<Organization>, scopes: ReadonlySet<string>): object {
  const whole = organizationView(organization)
  if (scopes.has('read:organizations')) return whole
  const summary: ReadonlySet<string> = new Set(guesses.organizationSummary)
  return Object.fromEntries(Object.entries(whole).filter(([name]) => summary.has(name)))
}

async function byName(name: string, store: Store): Promise<Stored<Organization> | undefined> {
  const [organization] = await store.organizations.list({ where: { field: 'name', value: name }, limit: 1 })
  return organization
}

async function demandFreeName({ id, name }: Organization, store: Store): Promise<void> {
  const holder = await byName(name, store)
  if (holder !== undefined && holder.id !== id) throw new ManagementRefusal('organization-exists', {})
}

/** What a body says of an organization's record. Metadata without a single pair is none. */
function membersOf({ metadata, ...members }: Static<typeof UpdateOrganization>): object {
  if (metadata === undefined) return members
  const pairs = Object.entries(metadata).filter(([, value]) => value !== null)
  return { ...members, metadata: pairs.length === 0 ? null : Object.fromEntries(pairs) }
}

function inOrder(sort: string | undefined, { organizations }: Store): PageSource<Organization> {
  const [field, order] = (sort ?? 'created_at:1').split(':')
  const direction = order === '-1' ? -1 : 1
  if (field === 'name') return sortedBy(organizations, ({ name }) => name, direction)
  if (field === 'display_name') return sortedBy(organizations, ({ display_name = '' }) => display_name, direction)
  return direction === 1 ? select(organizations, {}) : sortedBy(organizations, () => '', direction)
}
