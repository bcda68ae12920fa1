import { type ClientCredential, type GivenCredential, limits, newId } from '../domain/index.ts'
import type { Stored } from '../storage/index.ts'
import { commitPlanned } from './commit.ts'
import type { CredentialSource } from './credential-changes.ts'
import { credentialFault, credentialRecord } from './credential-record.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

type Ports = Pick<DeploymentPorts, 'store' | 'clock' | 'random'>

/**
 * Stores a credential for a client. It proves nothing until the client's `client_authentication_methods` name it.
 *
 * Refuses what is no key, a third credential of one client, and one more than a tenant may have.
 *
 * @see Auth0 Docs, Management API "Create a client credential"; "Entity Limit Policy"
 */
export function createClientCredential(
  client_id: string,
  given: GivenCredential,
  ports: Ports,
): Promise<ClientCredential> {
  const { store } = ports
  return commitPlanned(store, 'the client', async () => {
    // Before the count: one that is made meanwhile changes the client's own revision, below.
    const client = await store.clients.get(client_id)
    if (client === undefined) throw new DeploymentRefusal('client-unknown', { client_id })
    const [credential] = await newCredentials(
      client_id,
      [{ ...given, id: newId.clientCredential(ports.random) }],
      ports,
    )
    if (credential === undefined) throw new Error('a credential was given and none was made')
    const { revision, ...same } = client
    return {
      changes: [
        { kind: 'clients', key: client_id, revision, replace: same },
        { kind: 'clientCredentials', create: credential },
      ],
      result: credential,
    }
  })
}

/**
 * The records of credentials that are to be a client's beside those that it has. Stores nothing. Refuses what is no key, and more of them than
 * one client or one tenant may have.
 */
export async function newCredentials(
  client_id: string,
  sources: readonly CredentialSource[],
  ports: Pick<DeploymentPorts, 'store' | 'clock'>,
): Promise<readonly ClientCredential[]> {
  if (sources.length === 0) return []
  for (const { id: _id, ...given } of sources) {
    const fault = credentialFault(given)
    if (fault !== undefined) throw new DeploymentRefusal('credential-unusable', { client_id, fault })
  }
  const all = await ports.store.clientCredentials.list()
  const own = all.filter((credential) => credential.client_id === client_id)
  demandRoom('client', own.length, sources.length, limits.clientCredentials)
  demandRoom('tenant', all.length, sources.length, limits.tenantCredentials)
  const at = now(ports)
  return Promise.all(
    sources.map(({ id, ...given }) => credentialRecord(given, { id, client_id, created_at: at, updated_at: at })),
  )
}

function demandRoom(of: 'client' | 'tenant', count: number, more: number, limit: number): void {
  if (count + more > limit) throw new DeploymentRefusal('too-many-credentials', { of, count, limit })
}

/** A client's credentials, in order of creation. */
export async function listClientCredentials(
  client_id: string,
  { store }: Pick<Ports, 'store'>,
): Promise<readonly ClientCredential[]> {
  if ((await store.clients.get(client_id)) === undefined) throw new DeploymentRefusal('client-unknown', { client_id })
  return store.clientCredentials.list({ where: { field: 'client_id', value: client_id } })
}

/** One credential of a client. Refuses one that is another's as one that does not exist. */
export async function getClientCredential(
  client_id: string,
  id: string,
  { store }: Pick<Ports, 'store'>,
): Promise<Stored<ClientCredential>> {
  if ((await store.clients.get(client_id)) === undefined) throw new DeploymentRefusal('client-unknown', { client_id })
  const credential = await store.clientCredentials.get(id)
  if (credential?.client_id !== client_id) throw new DeploymentRefusal('credential-unknown', {})
  return credential
}

/** Sets when a credential ends, or with `null` that it does not: the one thing of it that can change. */
export function setCredentialExpiry(
  client_id: string,
  id: string,
  expires_at: string | null,
  ports: Ports,
): Promise<ClientCredential> {
  return commitPlanned(ports.store, 'the credential', async () => {
    const { revision, expires_at: _before, ...credential } = await getClientCredential(client_id, id, ports)
    if (expires_at !== null && Number.isNaN(Date.parse(expires_at))) {
      throw new DeploymentRefusal('credential-unusable', { client_id, fault: 'expires_at is no time' })
    }
    const replace: ClientCredential = {
      ...credential,
      updated_at: now(ports),
      ...(expires_at !== null && { expires_at }),
    }
    return { changes: [{ kind: 'clientCredentials', key: id, revision, replace }], result: replace }
  })
}

/** Deletes a credential. Refuses one that its client still names. Whether there was one to delete. */
export function deleteClientCredential(client_id: string, id: string, ports: Ports): Promise<boolean> {
  const { store } = ports
  return commitPlanned(store, 'the client', async () => {
    const client = await store.clients.get(client_id)
    const credential = await store.clientCredentials.get(id)
    if (client === undefined || credential?.client_id !== client_id) return { changes: [], result: false }
    const { client_authentication_methods: methods } = client
    const named = [methods?.private_key_jwt, methods?.tls_client_auth, methods?.self_signed_tls_client_auth]
    if (named.some((method) => method?.credentials.some((one) => one.id === id) === true)) {
      throw new DeploymentRefusal('credential-in-use', { id })
    }
    const { revision, ...same } = client
    return {
      // The client is written too: it must not come to name the credential meanwhile.
      changes: [
        { kind: 'clients', key: client_id, revision, replace: same },
        { kind: 'clientCredentials', delete: id },
        { kind: 'credentialUses', delete: id },
      ],
      result: true,
    }
  })
}
