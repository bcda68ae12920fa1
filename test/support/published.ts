import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')
/** Below `node_modules`: what is built finds its packages there. */
const kept = join(root, 'node_modules/.cache/symbolon-published')
/** What the command line is made of. */
const parts = ['bin', 'src', 'scripts/build.ts', 'package.json']
/** Milliseconds that a build stays which no test asks for. */
const unusedMs = 86_400_000

/** The command line as it is published, built once for the sources as they stand: it starts in half the time that a clone takes. */
export interface Published {
  readonly program: string
  /** Lays the programs that run beside a server into its new data folder: to bundle them for each server tells nothing. */
  layPrograms(dataDir: string): Promise<void>
}

/** Builds what is published unless that was done for the same sources, and drops what nobody used in a day. */
export async function openPublished(): Promise<Published> {
  const folder = await built()
  await utimes(folder, new Date(), new Date())
  for (const name of await readdir(kept)) {
    if (((await ageMs(join(kept, name))) ?? 0) > unusedMs) await rm(join(kept, name), { recursive: true, force: true })
  }
  return {
    program: join(folder, 'bin/symbolon.cjs'),
    layPrograms: async (dataDir) => {
      await mkdir(dataDir, { recursive: true, mode: 0o700 })
      await cp(join(folder, 'runner'), join(dataDir, 'runner'), { recursive: true })
    },
  }
}

async function built(): Promise<string> {
  const hash = await hashOfSources()
  const folder = join(kept, hash)
  if ((await ageMs(folder)) !== undefined) return folder
  // In one step: two who build at once do not meet, and what is cut off leaves no half.
  const aside = `${folder}.${randomUUID()}`
  await mkdir(aside, { recursive: true })
  for (const part of ['bin', 'package.json']) await cp(join(root, part), join(aside, part), { recursive: true })
  const program = `
    import { build } from ${JSON.stringify(join(root, 'scripts/build.ts'))}
    build(${JSON.stringify(join(aside, 'dist'))})
    const { buildPrograms } = await import(${JSON.stringify(join(aside, 'dist/runner/index.js'))})
    await buildPrograms(${JSON.stringify(join(aside, 'runner'))})`
  await promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program])
  if ((await hashOfSources()) !== hash) {
    // Sources that were saved meanwhile have another name.
    await rm(aside, { recursive: true, force: true })
    return built()
  }
  // Another one may have been first: what it built is the same.
  await rename(aside, folder).catch(() => rm(aside, { recursive: true, force: true }))
  return folder
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const part of parts) {
    for (const file of await filesOf(join(root, part))) hash.update(`${file}\0`).update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 32)
}

async function filesOf(path: string): Promise<readonly string[]> {
  if ((await stat(path)).isFile()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function ageMs(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found === undefined ? undefined : Date.now() - found.mtimeMs
}
