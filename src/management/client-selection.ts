import { setImmediate } from 'node:timers/promises'
import { globalClientName } from '../deployment/index.ts'
import type { Client, ClientGrant } from '../domain/index.ts'
import type { Store } from '../storage/index.ts'
import { type PageSource, select } from './page.ts'
import { ManagementRefusal } from './refusals.ts'

/** Which clients a list is to have. */
export interface ClientFilters {
  readonly is_global?: boolean
  readonly is_first_party?: boolean
  /** Types, separated by commas. */
  readonly app_type?: string
  readonly external_client_id?: string
  readonly q?: string
}

/**
 * The clients that match all of the filters. Of `q` two forms are known, as at Auth0: `client_grant.organization_id:ID` and
 * `client_grant.allow_any_organization:true` (or `false`); any other is refused.
 *
 * @see Auth0 Docs, Management API "Get clients"
 */
export async function clientSelection(
  { is_global, is_first_party, app_type, external_client_id, q }: ClientFilters,
  store: Store,
): Promise<PageSource<Client>> {
  const types = app_type === undefined ? undefined : new Set(app_type.split(',').map((type) => type.trim()))
  const granted = q === undefined ? undefined : await clientsByGrant(q, store)
  const isNarrowed = [is_first_party, types, external_client_id, granted].some((one) => one !== undefined)
  if (is_global === undefined && !isNarrowed) return select(store.clients, {})
  const matches = (client: Client) =>
    (is_global === undefined || (client.global ?? false) === is_global) &&
    (is_first_party === undefined || (client.is_first_party ?? true) === is_first_party) &&
    (types === undefined || types.has(client.app_type ?? '')) &&
    (external_client_id === undefined || Reflect.get(client, 'external_client_id') === external_client_id) &&
    (granted === undefined || granted.has(client.client_id))
  if (is_global !== true && isNarrowed) return select(store.clients, { matches })
  const where = { field: 'name', value: globalClientName }
  if (is_global === true) return select(store.clients, { where, matches })
  // All but the global client, as Auth0's deploy CLI asks for them page by page: they are told how many without being looked at.
  const globals = select(store.clients, { where, matches: ({ global }) => global === true })
  return {
    page: select(store.clients, { matches }).page,
    count: async () => (await store.clients.count()) - (await globals.count()),
  }
}

const query = /^client_grant\.(?:organization_id:"?(org_\w+)"?|allow_any_organization:(true|false))$/

/** Records read at once. */
const batch = 200

async function clientsByGrant(q: string, store: Store): Promise<ReadonlySet<string>> {
  const found = query.exec(q.trim())
  if (found === null) throw new ManagementRefusal('client-query-unknown', { q })
  const [, organization_id, isAny] = found
  const clients = new Set<string>()
  const note = (grant: ClientGrant | undefined) => {
    if (grant?.client_id !== undefined && (grant.subject_type ?? 'client') === 'client') clients.add(grant.client_id)
  }
  if (organization_id !== undefined) {
    const where = { field: 'organization_id', value: organization_id }
    for (const { grant_id } of await store.organizationClientGrants.list({ where }))
      note(await store.clientGrants.get(grant_id))
    return clients
  }
  for (let after = 0; ; ) {
    const rows = await store.clientGrants.page({ after, limit: batch })
    for (const { record } of rows) if ((record.allow_any_organization ?? false) === (isAny === 'true')) note(record)
    const last = rows.at(-1)
    if (last === undefined || rows.length < batch) return clients
    after = last.position
    // Whoever asks for a token meanwhile has a turn.
    await setImmediate()
  }
}
