import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What writing a folder came to: paths below it, sorted. */
export interface Written {
  readonly written: readonly string[]
  readonly unchanged: number
  readonly removed: readonly string[]
}

/** The folders in which every JSON file is an object of a kind that is written, and those in which an object has a folder for its code. */
const ownFolders = ['actions', 'action-modules', 'clients', 'resource-servers', 'grants', 'organizations'] as const
const codeFolders: readonly string[] = ['actions', 'action-modules']

/**
 * Writes files, by their paths below a folder, each in one step: whoever reads one finds the old content or the new. A file that holds its
 * text already is not touched.
 *
 * With `prune`, objects of the kinds that are written and that are not among the files are removed, with their code; nothing else ever is.
 */
export async function writeTenantFolder(
  root: string,
  files: ReadonlyMap<string, string>,
  { prune }: { readonly prune: boolean },
): Promise<Written> {
  const written: string[] = []
  // Code first: an object whose file is there finds it.
  const ordered = [...files].toSorted(([a], [b]) => Number(a.endsWith('.json')) - Number(b.endsWith('.json')))
  for (const [path, text] of ordered) if (await writeText(join(root, path), text)) written.push(path)
  const removed = prune ? await removeOthers(root, new Set(files.keys())) : []
  return { written: written.sort(), unchanged: files.size - written.length, removed: removed.sort() }
}

async function writeText(file: string, text: string): Promise<boolean> {
  const before = await readFile(file, 'utf8').catch(() => undefined)
  if (before === text) return false
  await mkdir(dirname(file), { recursive: true })
  const next = join(dirname(file), `.symbolon-${process.pid}.new`)
  try {
    await writeFile(next, text)
    await rename(next, file)
  } catch (error) {
    await rm(next, { force: true })
    throw error
  }
  return true
}

async function removeOthers(root: string, kept: ReadonlySet<string>): Promise<string[]> {
  const removed: string[] = []
  for (const folder of ownFolders) {
    const entries = await readdir(join(root, folder)).catch(() => [])
    for (const name of entries.filter((entry) => entry.endsWith('.json') && !entry.startsWith('.'))) {
      const path = `${folder}/${name}`
      if (kept.has(path)) continue
      await rm(join(root, path))
      removed.push(path)
      const code = `${folder}/${name.slice(0, -'.json'.length)}/code.js`
      if (!codeFolders.includes(folder) || kept.has(code)) continue
      await rm(join(root, code), { force: true })
      // What else is beside the code stays, and its folder with it.
      await rmdir(dirname(join(root, code))).catch(() => undefined)
    }
  }
  return removed
}
