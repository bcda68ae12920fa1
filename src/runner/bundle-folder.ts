import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { VersionContent } from './pool.ts'

/** Where a group's files lie: the one folder its processes may read. */
export interface GroupFolder {
  /** Absolute, without symbolic links: the permission model compares paths as they are. */
  readonly path: string
  /** The program of the child, within `path`. */
  readonly program: string
  /** The folder of each version, by its id. */
  readonly versions: ReadonlyMap<string, string>
}

/**
 * Lays a group's bundles and the child's program under `root`, in a folder named by their content: equal content is laid once.
 */
export async function layGroupFolder(
  root: string,
  program: string,
  versions: readonly VersionContent[],
): Promise<GroupFolder> {
  const hash = createHash('sha256').update(program)
  for (const { code } of versions) hash.update('\0').update(code)
  const path = join(root, hash.digest('hex').slice(0, 32))
  await mkdir(path, { recursive: true })
  const real = await realpath(path)
  const programFile = join(real, 'child.cjs')
  await place(programFile, program)
  const folders = new Map<string, string>()
  for (const { version_id, code } of versions) {
    const folder = join(real, createHash('sha256').update(code).digest('hex').slice(0, 32))
    await mkdir(folder, { recursive: true })
    await place(join(folder, 'action.js'), code)
    folders.set(version_id, folder)
  }
  return { path: real, program: programFile, versions: folders }
}

/** By rename: another group of the same content may be starting a process from the file this very moment. */
async function place(file: string, text: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`
  await writeFile(aside, text)
  await rename(aside, file)
}

/** Removes every group folder that an earlier process left under `root`. */
export async function clearGroupFolders(root: string): Promise<void> {
  await mkdir(root, { recursive: true })
  for (const name of await readdir(root)) {
    if (/^[0-9a-f]{32}$/.test(name)) await rm(join(root, name), { recursive: true, force: true })
  }
}

/** Everything the child's program may be made of, relative to this file. */
const programSources = ['.', './child', '../engine', '../domain']

/**
 * The child's program as one file of CommonJS: a process that may read one folder cannot import this package's sources.
 * Bundled once and kept under `root`, named by the content of those sources.
 */
export async function buildChildProgram(root: string): Promise<string> {
  const hash = createHash('sha256')
  for (const folder of programSources) {
    const path = fileURLToPath(new URL(folder, import.meta.url))
    const names = (await readdir(path)).filter((name) => /\.[jt]s$/.test(name)).sort()
    for (const name of names) hash.update(`${name}\0`).update(await readFile(join(path, name)))
  }
  const file = join(root, `program-${hash.digest('hex').slice(0, 32)}.cjs`)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return kept
  const program = await bundleChildProgram()
  await mkdir(root, { recursive: true })
  // In one step: a start that is cut off leaves no half of a program.
  await writeFile(`${file}.new`, program)
  await rename(`${file}.new`, file)
  return program
}

async function bundleChildProgram(): Promise<string> {
  const { build, stop } = await import('esbuild')
  const entry = fileURLToPath(new URL('./child/main.ts', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    write: false,
    legalComments: 'none',
    logLevel: 'silent',
  })
  // Its service is a process of its own and would stay for the life of this one.
  await stop()
  const [output] = outputFiles
  if (output === undefined) throw new Error(`esbuild produced nothing from ${entry}`)
  return output.text
}
