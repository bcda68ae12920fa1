import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { readSealingKey } from './config.ts'
import { createSigningKey, type KeyRing, openKeyRing, type Sealer } from './keys/index.ts'
import type { DataFolder, Store } from './storage/index.ts'

const sealingKeyRecord = 'sealing-key'

/** Holds the store to the sealing key it was first opened with. Throws for another one, which could open nothing. */
export async function checkSealingKey(store: Store, sealer: Sealer, data: DataFolder): Promise<void> {
  const check = await store.meta.get(sealingKeyRecord)
  if (check === undefined) {
    await store.meta.create({ name: sealingKeyRecord, value: sealer.checkValue() })
  } else if (!sealer.matches(check.value)) {
    throw new Error(
      `DATA_DIR ${data.path} was sealed with another sealing key: give that one, or another DATA_DIR; nothing was changed`,
    )
  }
}

/** The tenant's signing keys; on the first start one that signs and one that will. */
export async function openRing(store: Store, sealer: Sealer, domain: string): Promise<KeyRing> {
  const stored = await store.signingKeys.list()
  if (stored.length > 0) return openKeyRing(stored, sealer)
  const now = new Date()
  const made = await Promise.all(
    (['current', 'next'] as const).map((state) =>
      createSigningKey({ commonName: domain.replace(/:\d+$/, ''), state, sealer, now, random: randomBytes }),
    ),
  )
  await store.commit(made.map((key) => ({ kind: 'signingKeys', create: key })))
  return openKeyRing(made, sealer)
}

/** The key made in the data folder, or made now: never a new one for records that an older one closed. */
export async function ownSealingKey(
  { path, sealingKeyFile, hasRecords }: DataFolder,
  mayMake: boolean,
): Promise<Uint8Array> {
  if (!existsSync(sealingKeyFile)) {
    if (!mayMake) throw new Error('no sealing key is given: set SEALING_KEY or SEALING_KEY_FILE to 32 random bytes')
    if (hasRecords) {
      throw new Error(
        `DATA_DIR ${path} has records but its sealing.key is gone: put it back, give it as SEALING_KEY, or give another DATA_DIR; nothing was changed`,
      )
    }
    await writeFile(sealingKeyFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  }
  return readSealingKey(sealingKeyFile)
}
