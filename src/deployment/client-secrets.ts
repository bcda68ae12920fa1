import { type ClientSecretDigests, newClientSecret, type Sealer } from '../keys/index.ts'
import type { Change, ClientSecretRecord, SealedClientSecret, Store } from '../storage/index.ts'
import { commitPlanned } from './commit.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** What the operations on client secrets work with. */
export interface ClientSecretPorts extends Pick<DeploymentPorts, 'store' | 'sealer' | 'clock'> {
  readonly digests: ClientSecretDigests
}

/** One client secret as an administrator sees it, without the secret itself. */
export interface ClientSecretState {
  readonly created_at: string
  readonly expires_at?: string
  /** To the hour; absent when it was never used. */
  readonly last_used_at?: string
}

/** Most seconds that the secret before may go on: thirty days. */
export const longestOverlapSeconds = 2_592_000

/** The context a client secret is sealed under. */
function clientSecretContext(client_id: string): string {
  return `clientSecrets:${client_id}`
}

/** The id that the use of a client secret is recorded under. Its digest is keyed: it tells nothing of the secret. */
export function clientSecretUseId(client_id: string, { digest }: Pick<SealedClientSecret, 'digest'>): string {
  return `${client_id} ${digest}`
}

/** A client secret as it is stored. */
function sealedSecret(client_id: string, secret: string, ports: Omit<ClientSecretPorts, 'store'>): SealedClientSecret {
  return {
    sealed: ports.sealer.seal(secret, clientSecretContext(client_id)),
    digest: Buffer.from(ports.digests.digest(secret)).toString('base64url'),
    created_at: now(ports),
  }
}

/**
 * Gives a client a new secret, and answers it. The one before goes on for `overlapSeconds` (0: ends at once, as at Auth0), so that its users
 * can change over; one that was before that ends now, since no client has more than two.
 *
 * @see Auth0 Docs, "Rotate Client Secrets". The overlap is ours.
 */
export function rotateClientSecret(
  client_id: string,
  ports: ClientSecretPorts,
  overlapSeconds = 0,
): Promise<{ readonly client_secret: string; readonly previous_expires_at?: string }> {
  const client_secret = newClientSecret()
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > longestOverlapSeconds)
    throw new DeploymentRefusal('overlap-out-of-bounds', { seconds: overlapSeconds, limit: longestOverlapSeconds })
  return commitPlanned(ports.store, 'the client secret', async () => {
    const stored = await ports.store.clientSecrets.get(client_id)
    if ((await ports.store.clients.get(client_id)) === undefined)
      throw new DeploymentRefusal('client-unknown', { client_id })
    const fresh = sealedSecret(client_id, client_secret, ports)
    if (stored === undefined)
      return { changes: [{ kind: 'clientSecrets', create: { client_id, ...fresh } }], result: { client_secret } }
    const { revision, previous: gone, client_id: _id, ...before } = stored
    const end = new Date(ports.clock() + overlapSeconds * 1_000).toISOString()
    // A secret that was to end sooner still does.
    const previous = {
      ...before,
      expires_at: before.expires_at !== undefined && before.expires_at < end ? before.expires_at : end,
    }
    const goesOn = overlapSeconds > 0
    const dropped = [...(gone === undefined ? [] : [gone]), ...(goesOn ? [] : [before])]
    return {
      changes: [
        replaced(client_id, revision, { client_id, ...fresh, ...(goesOn && { previous }) }),
        ...dropped.map((one) => useDeletion(client_id, one)),
      ],
      result: { client_secret, ...(goesOn && { previous_expires_at: previous.expires_at }) },
    }
  })
}

/** Sets when a client's secret ends, or with `null` that it does not. */
export function setClientSecretExpiry(
  client_id: string,
  expires_at: string | null,
  ports: ClientSecretPorts,
): Promise<void> {
  return commitPlanned(ports.store, 'the client secret', async () => {
    const { revision, expires_at: _before, ...rest } = await demandSecret(client_id, ports)
    if (expires_at !== null && Number.isNaN(Date.parse(expires_at)))
      throw new DeploymentRefusal('credential-unusable', { client_id, fault: 'expires_at is no time' })
    const end = expires_at === null ? {} : { expires_at: new Date(expires_at).toISOString() }
    return { changes: [replaced(client_id, revision, { ...rest, ...end })], result: undefined }
  })
}

/** Ends the secret before, whatever is left of its time. Whether there was one. */
export function endPreviousClientSecret(client_id: string, ports: ClientSecretPorts): Promise<boolean> {
  return commitPlanned(ports.store, 'the client secret', async () => {
    const { revision, previous, ...rest } = await demandSecret(client_id, ports)
    if (previous === undefined) return { changes: [], result: false }
    return { changes: [replaced(client_id, revision, rest), useDeletion(client_id, previous)], result: true }
  })
}

/** The secrets of a client, the one in use first; none for a client that has none. */
export async function listClientSecrets(
  client_id: string,
  { store }: Pick<ClientSecretPorts, 'store'>,
): Promise<readonly ClientSecretState[]> {
  const stored = await store.clientSecrets.get(client_id)
  if (stored === undefined) return []
  return Promise.all(
    [stored, ...(stored.previous === undefined ? [] : [stored.previous])].map(async (one) => {
      const use = await store.credentialUses.get(clientSecretUseId(client_id, one))
      return {
        created_at: one.created_at,
        ...(one.expires_at !== undefined && { expires_at: one.expires_at }),
        ...(use !== undefined && { last_used_at: use.last_used_at }),
      }
    }),
  )
}

/** What it takes to make a client's secret the one that is given: nothing when it is that already. The one before does not go on. */
export async function secretChanges(
  client_id: string,
  fixedSecret: string | undefined,
  newSecret: string | undefined,
  ports: ClientSecretPorts,
): Promise<readonly Change[]> {
  const secret = fixedSecret ?? newSecret
  if (secret === undefined) return []
  const stored = await ports.store.clientSecrets.get(client_id)
  if (stored === undefined)
    return [{ kind: 'clientSecrets', create: { client_id, ...sealedSecret(client_id, secret, ports) } }]
  if (fixedSecret === undefined || openClientSecret(stored, ports.sealer) === secret) return []
  return [replaced(client_id, stored.revision, { client_id, ...sealedSecret(client_id, secret, ports) })]
}

/** A client's secret in use, in the clear: for who may read it. Throws when it does not open. */
export function openClientSecret({ client_id, sealed }: ClientSecretRecord, sealer: Sealer): string {
  return sealer.open(sealed, clientSecretContext(client_id))
}

async function demandSecret(client_id: string, { store }: { readonly store: Store }) {
  const stored = await store.clientSecrets.get(client_id)
  if (stored === undefined) throw new DeploymentRefusal('client-unknown', { client_id })
  return stored
}

function replaced(client_id: string, revision: number, replace: ClientSecretRecord): Change {
  return { kind: 'clientSecrets', key: client_id, revision, replace }
}

function useDeletion(client_id: string, secret: SealedClientSecret): Change {
  return { kind: 'credentialUses', delete: clientSecretUseId(client_id, secret) }
}
