import { randomBytes } from 'node:crypto'
import { chmod, copyFile, link, mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunnableCode, VersionContent } from './pool.ts'
import type { LoadCode, LoadVersion } from './protocol.ts'

/** Where a group's files lie: the one folder its processes may read. */
export interface GroupFolder {
  /** Absolute, without symbolic links: the permission model compares paths as they are. */
  readonly path: string
  /** The program of the child, within `path`. */
  readonly program: string
  /** What is loaded from it. */
  readonly versions: readonly LoadVersion[]
}

/** Within a group's folder: whom its processes trust beside Node's own. */
export const authoritiesFile = 'authorities.pem'

/**
 * Lays the child's program, a group's code and the bundles of its packages into a folder of the group's own under `root`: its processes
 * see what is bound to them, and nothing of another group. `authorities`: certificates in PEM, laid as {@link authoritiesFile}.
 */
export async function layGroupFolder(
  root: string,
  program: string,
  versions: readonly VersionContent[],
  authorities?: string,
): Promise<GroupFolder> {
  const made = join(root, randomBytes(16).toString('hex'))
  await makeFolder(made)
  const path = await realpath(made)
  const programFile = join(path, 'child.cjs')
  await makeFile(programFile, program)
  if (authorities !== undefined) await makeFile(join(path, authoritiesFile), authorities)
  const bundles = new Map<string, Promise<string>>()
  const lay = async (code: RunnableCode, name: string): Promise<LoadCode> => {
    const folder = join(path, name)
    await makeFolder(folder)
    await makeFile(join(folder, 'action.js'), code.code)
    const file = code.file === undefined ? {} : { file: code.file }
    const laid = { code: code.code, secrets: JSON.stringify(code.secrets), folder, ...file }
    if (code.bundle === undefined) return laid
    const { hash, path: bundle } = code.bundle
    const packages = bundles.get(hash) ?? linkTree(bundle, join(path, `packages-${hash}`))
    bundles.set(hash, packages)
    return { ...laid, packages: await packages }
  }
  const loaded = versions.map(async (version, index): Promise<LoadVersion> => {
    const { version_id, action_name, modules = [] } = version
    const pinned = modules.map(async (module, position) => ({
      ...(await lay(module, `action-${index}-module-${position}`)),
      name: module.name,
    }))
    return { ...(await lay(version, `action-${index}`)), version_id, action_name, modules: await Promise.all(pinned) }
  })
  return { path, program: programFile, versions: await Promise.all(loaded) }
}

/** Removes a group's folder, once its last process has ended. */
export async function removeGroupFolder({ path }: GroupFolder): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 })
}

/** Removes every group folder that an earlier server left under `root`. */
export async function clearGroupFolders(root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  for (const name of await readdir(root)) {
    if (/^[0-9a-f]{32}$/.test(name)) await rm(join(root, name), { recursive: true, force: true })
  }
}

/** Another name for every file of a folder, in a folder of its own; answers that one. Copies where links do not reach. */
async function linkTree(from: string, to: string): Promise<string> {
  await makeFolder(to)
  const entries = await readdir(from, { withFileTypes: true })
  await Promise.all(
    entries.map(async (entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)]
      if (entry.isDirectory()) await linkTree(source, target)
      // Symbolic links are left out: they lead elsewhere, and npm makes them for programs alone.
      else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target))
    }),
  )
  return to
}

// The processes may be another user's, whatever this one's mask is; only they are told the name of the group's folder.
async function makeFolder(path: string): Promise<void> {
  await mkdir(path)
  await chmod(path, 0o755)
}

async function makeFile(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o644)
}
