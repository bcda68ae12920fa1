import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownSealingKey } from '../../src/compose-keys.ts'
import { ensureSigningKeys } from '../../src/deployment/index.ts'
import { openSealer } from '../../src/keys/index.ts'
import { openDataFolder } from '../../src/storage/index.ts'
import { openSqliteStore } from '../../src/storage/sqlite/store.ts'

/** What a server that has keys keeps them in. */
const files = ['config.db', 'sealing.key'] as const
const laid = new Map<string, Promise<ReadonlyMap<string, Buffer>>>()

/** Lays signing keys and the sealing key of a host into a new data folder: the same for all servers of one process, since each takes a while to make. */
export async function layKeys(dataDir: string, commonName: string): Promise<void> {
  let made = laid.get(commonName)
  if (made === undefined) {
    made = makeKeys(commonName)
    laid.set(commonName, made)
  }
  const folder = await made
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  for (const [name, bytes] of folder) await writeFile(join(dataDir, name), bytes, { mode: 0o600 })
}

async function makeKeys(commonName: string): Promise<ReadonlyMap<string, Buffer>> {
  const root = await mkdtemp(join(tmpdir(), 'symbolon-keys-'))
  try {
    const data = await openDataFolder(join(root, 'data'))
    const sealer = openSealer(await ownSealingKey(data, true))
    const store = await openSqliteStore(data.configFile)
    await ensureSigningKeys(['RS256'], { store, sealer, clock: Date.now, random: randomBytes, commonName })
    await store.close()
    return new Map(await Promise.all(files.map(async (name) => [name, await readFile(join(data.path, name))] as const)))
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
