import type { ClientCredential } from '../domain/index.ts'
import { AlreadyExists, type Change, RevisionConflict, type Store } from '../storage/index.ts'
import { clientSecretUseId } from './client-secrets.ts'
import type { DeploymentPorts } from './ports.ts'

/** What proved a client: the digest of a client secret, or a credential, as the snapshot holds it. */
export type Proof = Uint8Array | ClientCredential

/** Remembers which client secrets and credentials are in use, and writes it down now and then. */
export interface CredentialUses {
  /** Costs a look into a map; writes nothing. */
  note(proof: Proof, client_id: string): void
  /** Writes down, to the hour, what was noted since the last time. What another server wrote meanwhile stands. */
  flush(): Promise<void>
}

const hourMs = 3_600_000
/** Records written at once: few enough that nobody waits for the write. */
const batch = 100

/** Starts with nothing noted. What was not flushed when the process dies is lost: it is a hint for whoever tidies up. */
export function openCredentialUses({ store, clock }: Pick<DeploymentPorts, 'store' | 'clock'>): CredentialUses {
  let noted = new Map<Proof, string>()
  return {
    note: (proof, client_id) => {
      noted.set(proof, client_id)
    },
    flush: async () => {
      const uses = [...noted]
      noted = new Map()
      const last_used_at = new Date(Math.floor(clock() / hourMs) * hourMs).toISOString()
      for (let first = 0; first < uses.length; first += batch) {
        const changes = await Promise.all(
          uses
            .slice(first, first + batch)
            .map(([proof, client_id]) => changesOf(proof, client_id, last_used_at, store)),
        )
        try {
          const some = changes.flat()
          if (some.length > 0) await store.commit(some)
        } catch (error) {
          if (!(error instanceof RevisionConflict || error instanceof AlreadyExists)) throw error
        }
      }
    },
  }
}

async function changesOf(
  proof: Proof,
  client_id: string,
  last_used_at: string,
  store: Store,
): Promise<readonly Change[]> {
  const id = await idOf(proof, client_id, store)
  if (id === undefined) return []
  const stored = await store.credentialUses.get(id)
  if (stored === undefined) return [{ kind: 'credentialUses', create: { id, client_id, last_used_at } }]
  if (stored.last_used_at >= last_used_at) return []
  return [{ kind: 'credentialUses', key: id, revision: stored.revision, replace: { id, client_id, last_used_at } }]
}

/** `undefined` for a proof that is gone by now: of it nothing is remembered. */
async function idOf(proof: Proof, client_id: string, store: Store): Promise<string | undefined> {
  if (!(proof instanceof Uint8Array)) return (await store.clientCredentials.get(proof.id))?.id
  const digest = Buffer.from(proof).toString('base64url')
  const stored = await store.clientSecrets.get(client_id)
  const isLive = stored?.digest === digest || stored?.previous?.digest === digest
  return isLive ? clientSecretUseId(client_id, { digest }) : undefined
}
