import { createHash, randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBundler, openPool, type PoolParts } from './compose-runner.ts'
import type { Bundler, GivenEvent, ParseFault, Tried, TriedContent, TryRunner } from './deployment/index.ts'
import { type ActionDependency, type Bundle, isJsonObject } from './domain/index.ts'
import { SharedTriggerCache } from './engine/index.ts'

export type { GivenEvent, ParseFault, Tried, TriedDrop } from './deployment/index.ts'
export { isJsonObject, type Json, type JsonObject } from './domain/index.ts'

/** Code as its author has it: the action secrets in the clear, the npm packages declared. */
export interface AuthoredCode {
  readonly name: string
  readonly code: string
  readonly secrets: Readonly<Record<string, string>>
  readonly dependencies: readonly ActionDependency[]
}

/** An action as its author has it, and the modules it pins. */
export interface AuthoredAction extends AuthoredCode {
  readonly runtime: string
  readonly modules: readonly AuthoredCode[]
}

/** One try of one action. */
export interface TryOrder {
  /** The tenant's name, which the event may override. */
  readonly tenant: string
  readonly action: AuthoredAction
  readonly event: GivenEvent
}

/** Where actions are tried. */
export interface Tries {
  /** Runs an action once, as a server would. Rejects when no process for it can be started here. */
  run(order: TryOrder): Promise<TryEnd>
  /** Ends what runs, and leaves nothing behind but what the next try can use. */
  close(): Promise<void>
}

/** How a try ended. The code it names is the action, or a module of it. */
export type TryEnd =
  | { readonly kind: 'ran'; readonly tried: Tried; readonly buildMs: number }
  | { readonly kind: 'not-parsed'; readonly of: AuthoredCode; readonly fault: ParseFault }
  | { readonly kind: 'not-built'; readonly of: AuthoredCode; readonly faults: readonly string[] }

/**
 * Opens the sandbox for tries: no store, no listening, and nothing kept but the programs of the sandbox and built packages, in a folder of this
 * user's for temporary files. Rejects with one sentence when the sandbox cannot be had as the settings want it.
 */
export async function openTries({ config, observer }: Pick<PoolParts, 'config' | 'observer'>): Promise<Tries> {
  const kept = await openKeptFolder()
  const runnerFolder = join(kept, `${runPrefix}${process.pid}`)
  await makeFolder(runnerFolder)
  const clear = () => rm(runnerFolder, { recursive: true, force: true, maxRetries: 3 })
  try {
    const { buildPrograms } = await import('./runner/index.ts')
    // Of another checkout there are other ones, and each removes what is old of its own.
    const programsFolder = join(kept, `programs-${hashOf(import.meta.dirname).slice(0, 12)}`)
    await makeFolder(programsFolder)
    const programs = await buildPrograms(programsFolder)
    const opening = openPool({
      ...{ config, observer, programs, data: { runnerFolder }, cache: new SharedTriggerCache(), isWatched: true },
      egress: { kind: 'open' },
      content: () => Promise.reject(new Error('nothing is bound')),
    })
    // Loaded while the system is being asked what it can keep the action in with.
    const [{ pool }, { findParseFault, tryContent }] = await Promise.all([opening, import('./deployment/index.ts')])
    const folders = { bundlesFolder: join(kept, 'bundles'), buildFolder: join(runnerFolder, 'build') }
    return {
      run: (order) =>
        tryAction(order, {
          ...{ findParseFault, tryContent },
          build: (action) =>
            buildAll(action, kept, config.actionsRegistry ?? '', () => openBundler(config, folders, programs)),
          tries: { deadlineMs: config.executionDeadlineMs, runOnce: (...given) => pool.runOnce(...given) },
        }),
      close: async () => {
        pool.close()
        await clear()
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}

interface TryParts extends Pick<typeof import('./deployment/index.ts'), 'findParseFault' | 'tryContent'> {
  readonly build: (action: AuthoredAction) => Promise<Built>
  readonly tries: TryRunner
}

async function tryAction(
  { tenant, action, event }: TryOrder,
  { build, tries, findParseFault, tryContent }: TryParts,
): Promise<TryEnd> {
  const codes = [action, ...action.modules]
  for (const of of codes) {
    const fault = findParseFault(of.code)
    if (fault !== undefined) return { kind: 'not-parsed', of, fault }
  }
  const begunAt = performance.now()
  const built = await build(action)
  if (built.kind === 'not-built') return built
  const buildMs = codes.some(({ dependencies }) => dependencies.length > 0) ? performance.now() - begunAt : 0
  const tried = await tryContent(built.content, event, {
    ...{ tries, clock: Date.now, tenant },
    isSystemApi: () => false,
  })
  return { kind: 'ran', tried, buildMs }
}

type Built =
  | { readonly kind: 'built'; readonly content: TriedContent }
  | Extract<TryEnd, { readonly kind: 'not-built' }>

async function buildAll(
  action: AuthoredAction,
  kept: string,
  registry: string,
  open: () => Promise<Bundler>,
): Promise<Built> {
  const codes = [action, ...action.modules]
  const bundler = codes.some(({ dependencies }) => dependencies.length > 0) ? await open() : undefined
  const opened: { code: string; secrets: AuthoredCode['secrets']; bundle?: { hash: string; path: string } }[] = []
  try {
    for (const of of codes) {
      const { code, secrets, dependencies } = of
      if (bundler === undefined || dependencies.length === 0) {
        opened.push({ code, secrets })
        continue
      }
      const resolutions = new Resolutions(kept, dependencies, [action.runtime, registry])
      const earlier = await resolutions.read()
      const request = { code, dependencies, runtime: action.runtime, ...(earlier !== undefined && { earlier }) }
      const build = await bundler.build(request)
      if (build.status === 'failed') return { kind: 'not-built', of, faults: build.errors.map(({ msg }) => msg) }
      if (build.bundle === undefined) throw new Error(`the packages of "${of.name}" came to no bundle`)
      await resolutions.write(build.bundle)
      opened.push({ code, secrets, bundle: { hash: build.bundle.hash, path: await bundler.restore(build.bundle) } })
    }
  } finally {
    await bundler?.close()
  }
  const [own, ...modules] = opened
  if (own === undefined) throw new Error('there is no code to run')
  const pinned = modules.map((module, index) => ({ name: action.modules[index]?.name ?? '', ...module }))
  const content = { version_id: action.name, action_name: action.name, ...own, modules: pinned }
  return { kind: 'built', content }
}

/** What declared packages came to before: as long as it lies there, npm is not asked again. */
class Resolutions {
  readonly #file: string

  constructor(kept: string, dependencies: readonly ActionDependency[], by: readonly string[]) {
    const declared = JSON.stringify([dependencies.map(({ name, version }) => [name, version]), by])
    this.#file = join(kept, `resolved-${hashOf(declared)}.json`)
  }

  async read(): Promise<Bundle | undefined> {
    const kept: unknown = await readFile(this.#file, 'utf8')
      .then(JSON.parse)
      .catch(() => undefined)
    if (!isJsonObject(kept)) return undefined
    const { hash, lockfile, specifiers, runtime, created_at } = kept
    const isWhole = [hash, lockfile, runtime, created_at].every((each) => typeof each === 'string')
    if (!isWhole || !Array.isArray(specifiers)) return undefined
    return {
      hash: String(hash),
      lockfile: String(lockfile),
      specifiers: specifiers.map(String),
      runtime: String(runtime),
      created_at: String(created_at),
    }
  }

  /** In one step: another try may read it meanwhile. */
  async write(bundle: Bundle): Promise<void> {
    const aside = `${this.#file}.${randomUUID()}`
    await writeFile(aside, JSON.stringify(bundle), { mode: 0o600 })
    await rename(aside, this.#file)
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

const runPrefix = 'run-'

/** The folder that tries of this user share. Refuses one that somebody else could have written into: its programs are run. */
async function openKeptFolder(): Promise<string> {
  const uid = process.getuid?.()
  const folder = join(tmpdir(), uid === undefined ? 'symbolon-try' : `symbolon-try-${uid}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await lstat(folder)
  if (!found.isDirectory() || (uid !== undefined && (found.uid !== uid || (found.mode & 0o022) !== 0)))
    throw new Error(`${folder} is not a folder of this user's alone: remove it, or set TMPDIR to another place`)
  await makeFolder(folder)
  for (const name of await readdir(folder)) {
    if (name.startsWith(runPrefix) && !isAlive(Number(name.slice(runPrefix.length))))
      await rm(join(folder, name), { recursive: true, force: true })
  }
  return folder
}

/** Root may run the action as another user, who passes through to its own files and sees nothing else there. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, process.getuid?.() === 0 ? 0o711 : 0o700)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
