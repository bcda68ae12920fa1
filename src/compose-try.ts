import { createHash, randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { types } from 'node:util'
import { openBundler, openPool, type PoolParts } from './compose-runner.ts'
import type {
  Bundler,
  CodeRanges,
  GivenEvent,
  ParseFault,
  Tried,
  TriedContent,
  TryConditions,
  TryRunner,
} from './deployment/index.ts'
import { type ActionDependency, type Bundle, isJsonObject } from './domain/index.ts'
import { SharedTriggerCache } from './engine/index.ts'

export type { ActionTried, GivenEvent, ParseFault, Tried, TriedDrop } from './deployment/index.ts'
export { isJsonObject, type Json, type JsonObject } from './domain/index.ts'
export type { CacheRecord } from './engine/index.ts'

/** Code as its author has it: the action secrets in the clear, the npm packages declared. */
export interface AuthoredCode {
  readonly name: string
  readonly code: string
  /** The way back to what its author wrote, where that was compiled: a source map as text. It stays here. */
  readonly sourceMap?: string
  /** Why what its author wrote could not be compiled. */
  readonly fault?: ParseFault
  readonly secrets: Readonly<Record<string, string>>
  readonly dependencies: readonly ActionDependency[]
}

/** An action as its author has it, and the modules it pins. */
export interface AuthoredAction extends AuthoredCode {
  readonly runtime: string
  readonly modules: readonly AuthoredCode[]
}

/** One try of actions that run in order, as a trigger's bound versions do. */
export interface TryOrder extends TryConditions {
  /** The tenant's name, which the event may override. */
  readonly tenant: string
  readonly actions: readonly AuthoredAction[]
  readonly event: GivenEvent
}

/** Where actions are tried. */
export interface Tries {
  /** Runs actions once, as a server would. Rejects when no process for them can be started here. As many at once as there is room for. */
  run(order: TryOrder): Promise<TryEnd>
  /** Ends what runs, and leaves nothing behind but what the next try can use. */
  close(): Promise<void>
}

/** How a try ended. The code it names is an action, or a module of one. */
export type TryEnd =
  | {
      readonly kind: 'ran'
      readonly tried: Tried
      readonly buildMs: number
      /** Each code of the try once, but one of more ranges than a process can tell; absent where it was not asked for, or its process ended before it told. */
      readonly coverage?: readonly CodeCoverage[]
    }
  | { readonly kind: 'not-parsed'; readonly of: AuthoredCode; readonly fault: ParseFault }
  | { readonly kind: 'not-built'; readonly of: AuthoredCode; readonly faults: readonly string[] }

/**
 * Which parts of a code ran, by its author's own text: offsets in characters, and how often. The ranges are in order and leave no gap: one for
 * all of a code that was not reached.
 */
export interface CodeCoverage {
  readonly of: AuthoredCode
  readonly ranges: CodeRanges
}

/** Processes of tries at a time: each is one processor's work. */
const triesAtOnce = Math.min(2, availableParallelism())

/**
 * Opens the sandbox for tries: no store, no listening, and nothing kept but the programs of the sandbox and built packages, in a folder of this
 * user's for temporary files. Rejects with one sentence when the sandbox cannot be had as the settings want it.
 */
export async function openTries({ config, observer }: Pick<PoolParts, 'config' | 'observer'>): Promise<Tries> {
  const kept = await openKeptFolder()
  // Of a process that has several, each ends by itself.
  const runnerFolder = join(kept, `${runPrefix}${process.pid}-${randomUUID()}`)
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
      // Whoever orders here waits for what was ordered.
      once: { atOnce: triesAtOnce, waiting: Number.POSITIVE_INFINITY },
      content: () => Promise.reject(new Error('nothing is bound')),
    })
    // Loaded while the system is being asked what it can keep the action in with.
    const [{ pool }, { findParseFault, tryContents }] = await Promise.all([opening, import('./deployment/index.ts')])
    const folders = { bundlesFolder: join(kept, 'bundles'), buildFolder: join(runnerFolder, 'build') }
    // One for all tries: it builds one after the other, and clears up what none of its own left.
    let bundler: Promise<Bundler> | undefined
    const openedBundler = () => {
      bundler ??= openBundler(config, folders, programs)
      return bundler
    }
    return {
      run: (order) =>
        tryActions(order, {
          ...{ findParseFault, tryContents },
          build: (actions) => buildAll(actions, kept, config.actionsRegistry ?? '', openedBundler),
          tries: { deadlineMs: config.executionDeadlineMs, runOnce: (...given) => pool.runOnce(...given) },
        }),
      close: async () => {
        pool.close()
        await bundler?.then((opened) => opened.close())
        await clear()
      },
    }
  } catch (error) {
    await clear()
    throw error
  }
}

interface TryParts extends Pick<typeof import('./deployment/index.ts'), 'findParseFault' | 'tryContents'> {
  readonly build: (actions: readonly AuthoredAction[]) => Promise<Built>
  readonly tries: TryRunner
}

async function tryActions(
  { tenant, actions, event, ...conditions }: TryOrder,
  { build, tries, findParseFault, tryContents }: TryParts,
): Promise<TryEnd> {
  const codes = actions.flatMap((action) => [action, ...action.modules])
  for (const of of codes) {
    const fault = of.fault ?? findParseFault(of.code)
    if (fault !== undefined) return { kind: 'not-parsed', of, fault }
  }
  const begunAt = performance.now()
  const built = await build(actions)
  if (built.kind === 'not-built') return built
  const buildMs = codes.some(({ dependencies }) => dependencies.length > 0) ? performance.now() - begunAt : 0
  const ports = { tries, clock: Date.now, tenant, isSystemApi: () => false }
  const tried = await tryContents(built.contents, event, ports, conditions)
  const coverage = coverageOf(tried, actions)
  return { kind: 'ran', tried, buildMs, ...(coverage !== undefined && { coverage }) }
}

/** What was told of codes by their places, by the codes themselves. One that was not reached is told as such. */
function coverageOf({ coverage }: Tried, actions: readonly AuthoredAction[]): readonly CodeCoverage[] | undefined {
  if (coverage === undefined) return undefined
  return actions.flatMap((action, index) =>
    [action, ...action.modules].flatMap((of, place) => {
      const module = place === 0 ? undefined : place - 1
      const told = coverage.find((each) => each.action === index && each.module === module)
      if (told === undefined) return { of, ranges: [{ start: 0, end: of.code.length, count: 0 }] }
      return told.ranges.length === 0 ? [] : { of, ranges: told.ranges }
    }),
  )
}

type Built =
  | { readonly kind: 'built'; readonly contents: readonly TriedContent[] }
  | Extract<TryEnd, { readonly kind: 'not-built' }>

type Opened = Pick<TriedContent, 'code' | 'secrets' | 'bundle'>

async function buildAll(
  actions: readonly AuthoredAction[],
  kept: string,
  registry: string,
  open: () => Promise<Bundler>,
): Promise<Built> {
  const build = async (of: AuthoredCode, runtime: string): Promise<Opened | Extract<Built, { kind: 'not-built' }>> => {
    const { code, secrets, dependencies } = of
    if (dependencies.length === 0) return { code, secrets }
    const bundler = await open()
    const resolutions = new Resolutions(kept, dependencies, [runtime, registry])
    const earlier = await resolutions.read()
    const made = await bundler.build({ code, dependencies, runtime, ...(earlier !== undefined && { earlier }) })
    if (made.status === 'failed') return { kind: 'not-built', of, faults: made.errors.map(({ msg }) => msg) }
    if (made.bundle === undefined) throw new Error(`the packages of "${of.name}" came to no bundle`)
    await resolutions.write(made.bundle)
    return { code, secrets, bundle: { hash: made.bundle.hash, path: await bundler.restore(made.bundle) } }
  }
  const contents: TriedContent[] = []
  for (const [index, action] of actions.entries()) {
    const { name, runtime } = action
    const own = await build(action, runtime)
    if ('kind' in own) return own
    const modules: (Opened & { readonly name: string })[] = []
    for (const module of action.modules) {
      const opened = await build(module, runtime)
      if ('kind' in opened) return opened
      modules.push({ name: module.name, ...opened })
    }
    // By its place: the same action may run twice.
    contents.push({ version_id: `${index}`, action_name: name, ...own, modules })
  }
  return { kind: 'built', contents }
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
    if (name.startsWith(runPrefix) && !isAlive(Number.parseInt(name.slice(runPrefix.length), 10)))
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
    return types.isNativeError(error) && 'code' in error && error.code === 'EPERM'
  }
}
