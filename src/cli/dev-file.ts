import { rename, writeFile } from 'node:fs/promises'
import type { IssuableClient, ManagementClient } from '../compose.ts'

/** How to reach a `dev` server, for scripts: its contract is stable. Members that this version has nothing for are null. */
export interface DevFile {
  readonly http_url: string
  readonly https_url: string | null
  readonly domain: string
  readonly ca_file: string | null
  readonly management: ManagementClient | null
  readonly clients: readonly IssuableClient[]
}

/** Writes the file for its owner alone, in one step: whoever reads it finds the old content or the new. */
export async function writeDevFile(path: string, content: DevFile): Promise<void> {
  const next = `${path}.new`
  await writeFile(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(next, path)
}
