import {
  createSigningKey,
  type KeyFamily,
  keyFamilies,
  type SigningKeyState,
  type StoredSigningKey,
} from '../keys/index.ts'
import { AlreadyExists, type Change, type SigningKeyRecord, type Stored } from '../storage/index.ts'
import { commitPlanned } from './commit.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** What the operations on signing keys work with. */
export interface SigningKeyPorts extends Pick<DeploymentPorts, 'store' | 'sealer' | 'clock' | 'random'> {
  /** Whom the certificates of new keys are for: the issuer's host. */
  readonly commonName: string
}

/**
 * Every signing key, with one that signs and one that will of each family named: made and stored now where the store has none. Of two servers
 * that make the first keys of a family at once, one does and both have the same.
 */
export async function ensureSigningKeys(
  families: Iterable<KeyFamily>,
  ports: SigningKeyPorts,
): Promise<readonly Stored<SigningKeyRecord>[]> {
  const { store } = ports
  const stored = await store.signingKeys.list()
  const missing = [...new Set(families)].filter((family) => !stored.some(({ alg }) => alg === family))
  if (missing.length === 0) return stored
  await Promise.all(missing.map((family) => makeFirst(family, ports)))
  return store.signingKeys.list()
}

async function makeFirst(family: KeyFamily, ports: SigningKeyPorts): Promise<void> {
  const [current, next] = await Promise.all([newKey(family, 'current', ports), newKey(family, 'next', ports)])
  const changes: readonly Change[] = [
    // Taken by the first: without it two servers could each make a current key, and neither would start again.
    { kind: 'meta', create: { name: `signing-keys:${family}`, value: current.kid } },
    { kind: 'signingKeys', create: { ...current, current_since: current.created_at } },
    { kind: 'signingKeys', create: next },
  ]
  try {
    await ports.store.commit(changes)
  } catch (error) {
    // Another server made them: its keys are the tenant's.
    if (!(error instanceof AlreadyExists)) throw error
  }
}

/**
 * Rotates the signing keys of every family: next becomes current, current becomes previous, and a new next one is published before its time.
 * One commit, all families or none. Answers the keys that are current now.
 *
 * @see Auth0 Docs, "Rotate Signing Keys"
 */
export async function rotateSigningKeys(ports: SigningKeyPorts): Promise<readonly SigningKeyRecord[]> {
  const { store } = ports
  const families = familiesOf(await store.signingKeys.list())
  const made = await Promise.all(families.map((family) => newKey(family, 'next', ports)))
  return commitPlanned(store, 'the set of signing keys', async () => {
    const stored = await store.signingKeys.list()
    const at = now(ports)
    const changes: Change[] = []
    const result: SigningKeyRecord[] = []
    for (const key of made) {
      const { revision: nextRevision, ...next } = demandKey(stored, key.alg, 'next')
      const { revision, ...current } = demandKey(stored, key.alg, 'current')
      const signing: SigningKeyRecord = { ...next, state: 'current', current_since: at }
      const retired: SigningKeyRecord = { ...current, state: 'previous', current_until: at }
      changes.push(
        { kind: 'signingKeys', key: current.kid, revision, replace: retired },
        { kind: 'signingKeys', key: next.kid, revision: nextRevision, replace: signing },
        { kind: 'signingKeys', create: key },
      )
      result.push(signing)
    }
    return { changes, result }
  })
}

/**
 * Revokes a previous signing key, for good: it leaves the key set, tokens it signed verify no more, and its private part is destroyed. Refuses
 * a key that signs or will.
 *
 * @see Auth0 Docs, "Revoke Signing Keys"
 */
export async function revokeSigningKey(
  kid: string,
  ports: Pick<DeploymentPorts, 'store' | 'clock'>,
): Promise<SigningKeyRecord> {
  return commitPlanned(ports.store, 'the signing key', async () => {
    const stored = await ports.store.signingKeys.get(kid)
    if (stored === undefined) throw new DeploymentRefusal('signing-key-unknown', { kid })
    const { revision, ...key } = stored
    if (key.state !== 'previous') throw new DeploymentRefusal('signing-key-not-previous', { kid, state: key.state })
    const revoked: SigningKeyRecord = { ...key, state: 'revoked', sealed: '', revoked_at: now(ports) }
    return { changes: [{ kind: 'signingKeys', key: kid, revision, replace: revoked }], result: revoked }
  })
}

function familiesOf(stored: readonly SigningKeyRecord[]): readonly KeyFamily[] {
  return keyFamilies.filter((family) => stored.some(({ alg }) => alg === family))
}

function demandKey(
  stored: readonly Stored<SigningKeyRecord>[],
  alg: string,
  state: SigningKeyState,
): Stored<SigningKeyRecord> {
  const key = stored.find((each) => each.alg === alg && each.state === state)
  if (key === undefined) throw new Error(`no signing key for ${alg} is ${state}; the store was changed by hand`)
  return key
}

function newKey(
  family: KeyFamily,
  state: SigningKeyState,
  { commonName, sealer, clock, random }: SigningKeyPorts,
): Promise<StoredSigningKey> {
  return createSigningKey({ family, commonName, state, sealer, now: new Date(clock()), random })
}
