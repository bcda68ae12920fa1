import { type Client, credentialTypeOf, type KeyMethod } from '../domain/index.ts'
import { newClientSecret } from '../keys/index.ts'
import type { Change, Store } from '../storage/index.ts'
import { newCredentials } from './client-credentials.ts'
import { clientGrantDeletions } from './client-grants.ts'
import { type ClientSecretPorts, secretChanges } from './client-secrets.ts'
import { commitPlanned, unchanged } from './commit.ts'
import type { CredentialSource } from './credential-changes.ts'
import { DeploymentRefusal } from './refusals.ts'

/** A client to make: its record, and the credentials that the record names by their ids. */
export interface NewClient {
  readonly client: Client
  readonly credentials: readonly CredentialSource[]
}

/** What is to become of a client that is there. */
export interface ClientChange {
  /** The record as it shall be, of the record as it is. Called again when somebody else was quicker; what it throws is the answer. */
  readonly change: (client: Client) => Client
  /** Takes the place of its client secret. */
  readonly client_secret?: string
}

/**
 * Stores a new client with a client secret of its own and its credentials, all in one commit. Refuses a credential that is no key, and more
 * of them than a client or a tenant may have.
 *
 * @see Auth0 Docs, Management API "Create a client"
 */
export function createClient({ client, credentials }: NewClient, ports: ClientSecretPorts): Promise<void> {
  const { client_id } = client
  const client_secret = newClientSecret()
  return commitPlanned(ports.store, 'the client', async () => {
    const made = await newCredentials(client_id, credentials, ports)
    const changes: readonly Change[] = [
      { kind: 'clients', create: client },
      ...(await secretChanges(client_id, undefined, client_secret, ports)),
      ...made.map((credential): Change => ({ kind: 'clientCredentials', create: credential })),
    ]
    return { changes, result: undefined }
  })
}

/**
 * Changes a client, and its client secret where a new one is given. Answers the record as it is stored now. Refuses methods that name a
 * credential which is not the client's own.
 *
 * @see Auth0 Docs, Management API "Update a client"
 */
export function updateClient(
  client_id: string,
  { change, client_secret }: ClientChange,
  ports: ClientSecretPorts,
): Promise<Client> {
  return commitPlanned(ports.store, 'the client', async () => {
    const { revision, ...before } = await demandClient(client_id, ports)
    const after = change(before)
    await demandOwnCredentials(after, ports)
    return {
      changes: [
        { kind: 'clients', key: client_id, revision, replace: after },
        ...(await secretChanges(client_id, client_secret, undefined, ports)),
      ],
      result: after,
    }
  })
}

/**
 * Deletes a client with all that is only its own, in one commit: its client secret, its credentials and when they were used, its client
 * grants and what organizations make of them. Whether there was one to delete. Refuses the global client.
 *
 * @see Auth0 Docs, Management API "Delete a client"
 */
export function deleteClient(client_id: string, { store }: Pick<ClientSecretPorts, 'store'>): Promise<boolean> {
  return commitPlanned(store, 'the client', async () => {
    const stored = await store.clients.get(client_id)
    if (stored === undefined) return { changes: [], result: false }
    if (stored.global === true) throw new DeploymentRefusal('client-global', {})
    const where = { field: 'client_id', value: client_id }
    const [credentials, uses, grants] = await Promise.all([
      store.clientCredentials.list({ where }),
      store.credentialUses.list({ where }),
      store.clientGrants.list({ where }),
    ])
    return {
      changes: [
        // Of a client that nothing was made for meanwhile: whoever makes something of its own writes it too.
        unchanged('clients', client_id, stored),
        ...(await clientGrantDeletions(grants, store)),
        ...credentials.map(({ id }): Change => ({ kind: 'clientCredentials', delete: id })),
        ...uses.map(({ id }): Change => ({ kind: 'credentialUses', delete: id })),
        { kind: 'clientSecrets', delete: client_id },
        { kind: 'clients', delete: client_id },
      ],
      result: true,
    }
  })
}

/** The client, with its revision. Refuses one that does not exist. */
export async function demandClient(client_id: string, { store }: { readonly store: Store }) {
  const stored = await store.clients.get(client_id)
  if (stored === undefined) throw new DeploymentRefusal('client-unknown', { client_id })
  return stored
}

const keyMethods: readonly KeyMethod[] = ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth']

/** A credential proves one client, by one method. */
async function demandOwnCredentials(
  { client_id, client_authentication_methods: methods }: Client,
  { store }: Pick<ClientSecretPorts, 'store'>,
): Promise<void> {
  for (const method of keyMethods) {
    for (const { id } of methods?.[method]?.credentials ?? []) {
      const credential = await store.clientCredentials.get(id)
      if (credential?.client_id !== client_id || credential.credential_type !== credentialTypeOf[method])
        throw new DeploymentRefusal('credential-not-own', { id, method })
    }
  }
}
