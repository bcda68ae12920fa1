import type { ClientCredential, GivenCredential } from '../domain/index.ts'
import type { Change } from '../storage/index.ts'
import { credentialFault, credentialRecord } from './credential-record.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** A credential that a configuration gives a client, under the id that the client names. */
export type CredentialSource = GivenCredential & { readonly id: string }

/**
 * What it takes to make the store hold the credentials of a configuration's clients and no others, but for those of `others`. One that is equal is left alone; one whose
 * expiry or name changed keeps the time it was made. Refuses what is no key.
 */
export async function credentialChanges(
  clients: readonly {
    readonly client: { readonly client_id: string }
    readonly credentials?: readonly CredentialSource[]
  }[],
  others: readonly string[],
  ports: Pick<DeploymentPorts, 'store' | 'clock'>,
): Promise<readonly Change[]> {
  const stored = new Map((await ports.store.clientCredentials.list()).map((one) => [one.id, one]))
  const changes: Change[] = []
  const kept = new Set<string>()
  for (const { client, credentials = [] } of clients) {
    for (const { id, ...given } of credentials) {
      kept.add(id)
      const fault = credentialFault(given)
      if (fault !== undefined)
        throw new DeploymentRefusal('credential-unusable', { client_id: client.client_id, fault })
      const before = stored.get(id)
      const facts = { id, client_id: client.client_id, created_at: before?.created_at ?? now(ports) }
      const record = await credentialRecord(given, { ...facts, updated_at: before?.updated_at ?? now(ports) })
      if (before === undefined) changes.push({ kind: 'clientCredentials', create: record })
      else if (!isSame(before, record)) {
        const replace = { ...record, updated_at: now(ports) }
        changes.push({ kind: 'clientCredentials', key: id, revision: before.revision, replace })
      }
    }
  }
  const gone = new Set(
    [...stored.values()]
      .filter(({ id, client_id }) => !kept.has(id) && !others.includes(client_id))
      .map(({ id }) => id),
  )
  const clientIds = new Set([...clients.map(({ client }) => client.client_id), ...others])
  const goneUses = (await ports.store.credentialUses.list())
    .filter(({ id, client_id }) => !clientIds.has(client_id) || gone.has(id))
    .map(({ id }): Change => ({ kind: 'credentialUses', delete: id }))
  return [...goneUses, ...Array.from(gone, (id): Change => ({ kind: 'clientCredentials', delete: id })), ...changes]
}

function isSame(
  { revision: _revision, ...before }: ClientCredential & { revision: number },
  after: ClientCredential,
): boolean {
  const entries = (record: ClientCredential) =>
    JSON.stringify(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return entries(before) === entries(after)
}
