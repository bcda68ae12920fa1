import type { BoundVersion, Clock } from '../domain/index.ts'
import type { Command, Invocation, Outcome, Runner, SharedTriggerCache } from '../engine/index.ts'
import { type RanCode, readCoverage } from './coverage.ts'
import { Group } from './group.ts'
import type { Inspector } from './inspected.ts'
import type { ProcessLimits } from './launch.ts'
import type { LoadedVersion } from './protocol.ts'
import { Spawner } from './spawner.ts'
import { Turnstile } from './turnstile.ts'

/** Code and its action secrets in the clear, on their way into the sandbox. */
export interface RunnableCode {
  readonly code: string
  readonly secrets: Readonly<Record<string, string>>
  /** Where its npm packages lie, built; absent when it declares none. */
  readonly bundle?: { readonly hash: string; readonly path: string }
  /** The author's own file, absolute, that a debugger is to show it as; absent where there is none. */
  readonly file?: string
}

/** What runs: a version's code, and the modules it pins. */
export interface VersionContent extends RunnableCode {
  readonly version_id: string
  readonly action_name: string
  readonly modules?: readonly (RunnableCode & { readonly name: string })[]
}

/** What the pool tells the operator. */
export interface PoolEvents {
  onSpawn(pid: number): void
  onEnd(reason: string): void
  /** The processes of these actions keep ending: until then nothing is asked of them. */
  onBreaker(action_names: readonly string[], pauseMs: number): void
  onLate(action_name: string, what: string): void
  onDefect(error: Error): void
}

/** Characters of console output that comes back of a version that is run once. */
const onceConsoleCharacters = 32 * 1024

/** Unless the options say otherwise: one run of its own at a time, and no more than this many that wait for theirs. */
const usualOnce = { atOnce: 1, waiting: 20 } as const

/** What versions that are run once run under. */
interface OnceConditions extends Pick<ProcessLimits, 'clockMs' | 'outbound'> {
  /** What they begin with. It is not changed: that is for whoever believes the outcomes. */
  readonly cache: SharedTriggerCache
  /** Whether to count which parts of their code ran. */
  readonly coverage?: boolean
}

/** How versions that are run once ended, and the milliseconds that took. */
interface OneRun {
  readonly outcomes: readonly Outcome[]
  readonly bootMs: number
  readonly runMs: number
  /** Where it was asked for, and the process told. */
  readonly coverage?: readonly RanCode[]
}

/** Which versions share a process: all that are bound, or none. */
export type Isolation = 'trigger' | 'action'

export interface PoolOptions {
  /** Folder for the groups' files; ours alone. */
  readonly root: string
  /** The child's program as one file, and the file of the spawn helper's. */
  readonly program: string
  readonly spawnerProgram: string
  readonly isolation: Isolation
  readonly limits: ProcessLimits
  /** Leads debuggers to the process at work, which runs outside of Node's permission model then. For one process at a time. */
  readonly inspector?: Inspector | undefined
  /** Processes that one group may have at work. */
  readonly maxProcesses: number
  /** Runs of their own ({@link RunnerPool.runOnce}) at a time, and how many may wait for theirs. */
  readonly once?: { readonly atOnce: number; readonly waiting: number }
  /** Whether none stands by in a group: for what is asked once. */
  readonly standsAlone?: boolean
  /** Executions one process may hold, and executions that may wait for one. */
  readonly inFlight: number
  readonly queue: number
  readonly cache: SharedTriggerCache
  readonly clock: Clock
  /** Milliseconds a process that is no longer wanted may take to finish what it holds. */
  readonly graceMs: number
  readonly content: (version: BoundVersion) => Promise<VersionContent>
  readonly events: PoolEvents
  /** Whether processes tell of each action that ended before the next one begins; else they do in a group that has lost an execution. */
  readonly tellsTurns?: boolean
  /** Takes what processes tell of the code that ran, where they are asked: the body of a `coverage` frame. Throws when it is not that. */
  readonly onCoverage?: ((body: string) => void) | undefined
}

/**
 * Which process serves which versions: the bound versions are one isolation group and share processes, or each is a group of its own.
 * In each group one process stands by, loaded, and takes over when another is lost.
 */
export class RunnerPool implements Runner {
  readonly #options: PoolOptions
  readonly #groups = new Map<string, Group>()
  /** Groups that still finish what they hold. */
  readonly #retired = new Set<Group>()
  readonly #spawner: Spawner
  readonly #once: Turnstile
  /** The groups of a list of versions, in its order. The list of a snapshot is the same object for every exchange. */
  readonly #split = new WeakMap<readonly BoundVersion[], readonly (readonly BoundVersion[])[]>()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#spawner = new Spawner(options.limits.node, options.spawnerProgram, options.events.onDefect)
    this.#once = new Turnstile(options.once ?? usualOnce)
  }

  /** Loads versions into warm processes. Resolves when they answer, with what of them does not parse; rejects when one cannot be started. */
  async prepare(versions: readonly BoundVersion[]): Promise<readonly LoadedVersion[]> {
    const loaded = await Promise.all(this.#groupsOf(versions).map((each) => this.#group(each).ready()))
    return loaded.flat()
  }

  /** Retires every group but those of these versions: called once nothing new refers to the others. */
  retain(versions: readonly BoundVersion[]): void {
    const kept = new Set(this.#groupsOf(versions).map(groupKey))
    for (const [key, group] of this.#groups) {
      if (kept.has(key)) continue
      this.#groups.delete(key)
      this.#retired.add(group)
      group.retire()
    }
  }

  invoke(invocation: Invocation): Promise<readonly Outcome[]> {
    const groups = this.#groupsOf(invocation.versions)
    const [first] = groups
    if (groups.length > 1) return this.#invokeInTurn(invocation, groups)
    return first === undefined ? Promise.resolve([]) : this.#group(first).invoke(invocation)
  }

  /**
   * Runs versions that are not bound, once, in order and in one process of their own. Few at a time, the others wait; when too many do, the
   * outcome is `overloaded`. `bootMs` and `runMs`: how long the process took to stand ready, and from then on. Rejects for a defect.
   */
  async runOnce(
    contents: readonly VersionContent[],
    invocation: Omit<Invocation, 'versions'>,
    conditions: OnceConditions,
  ): Promise<OneRun> {
    const ran = await this.#once.pass(() => this.#runOnce(contents, invocation, conditions))
    if (ran !== undefined) return ran
    const at = this.#options.clock()
    return { outcomes: [{ kind: 'overloaded', startedAt: at, endedAt: at, console: [] }], bootMs: 0, runMs: 0 }
  }

  /** Whether an execution of these versions would find a process at once. */
  isReady(versions: readonly BoundVersion[]): boolean {
    return this.#groupsOf(versions).every((each) => this.#groups.get(groupKey(each))?.isReady === true)
  }

  /** How it stands, for whoever looks: how actions are isolated, how many processes there are, and whose keep ending. */
  get state(): { readonly isolation: Isolation; readonly processes: number; readonly broken: readonly string[] } {
    const broken = [...this.#groups.values()].flatMap((group) => (group.isBroken ? group.actionNames : []))
    return { isolation: this.#options.isolation, processes: this.pids.length, broken }
  }

  /** Process ids of the processes at work and standing by. */
  get pids(): readonly number[] {
    return [...this.#groups.values(), ...this.#retired].flatMap((group) => group.pids)
  }

  /** Process id of the helper that starts them. */
  get spawnerPid(): number | undefined {
    return this.#spawner.pid
  }

  /** The port where debuggers reach the process at work, where they may. */
  get inspectPort(): number | undefined {
    return this.#options.inspector?.port
  }

  /** Lets no debugger in any more: what one has stand still runs on. */
  endInspection(): void {
    this.#options.inspector?.close()
  }

  /** Kills every process at once. */
  close(): void {
    for (const group of [...this.#groups.values(), ...this.#retired]) group.close()
    this.#groups.clear()
    this.endInspection()
    this.#spawner.close()
  }

  /** One group after the other, each told what the actions before it have asked for. */
  async #invokeInTurn(
    invocation: Invocation,
    groups: readonly (readonly BoundVersion[])[],
  ): Promise<readonly Outcome[]> {
    const { clock } = this.#options
    const endsAt = clock() + invocation.deadlineMs
    const outcomes: Outcome[] = []
    const prior: Command[] = []
    for (const versions of groups) {
      // A copy: this one is written later than it is handed over.
      const part = { ...invocation, versions, prior: [...prior], deadlineMs: Math.max(0, endsAt - clock()) }
      const [outcome] = await this.#group(versions).invoke(part)
      if (outcome === undefined) break
      outcomes.push(outcome)
      if (outcome.kind !== 'completed' || outcome.commands.some(({ type }) => type === 'deny')) break
      prior.push(...outcome.commands)
    }
    return outcomes
  }

  async #runOnce(
    contents: readonly VersionContent[],
    invocation: Omit<Invocation, 'versions'>,
    { cache, coverage, ...conditions }: OnceConditions,
  ): Promise<OneRun> {
    const { clock, limits, events } = this.#options
    const byId = new Map(contents.map((content) => [content.version_id, content]))
    const versions = contents.map(({ version_id, action_name }) => ({
      ...{ binding_id: version_id, action_id: version_id, action_name, version_id, number: 0 },
    }))
    const ran: RanCode[] = []
    const options: PoolOptions = {
      ...this.#options,
      cache,
      content: async ({ version_id }) => {
        const content = byId.get(version_id)
        if (content === undefined) throw new Error(`no such version: ${version_id}`)
        return content
      },
      limits: { ...limits, ...conditions, consoleCharacters: onceConsoleCharacters, isObserved: coverage === true },
      // Whoever asked is told how it ended; no exchange is concerned.
      events: { ...events, onEnd: () => undefined, onBreaker: () => undefined },
      onCoverage: coverage === true ? (body) => void ran.push(readCoverage(body, contents)) : undefined,
      tellsTurns: true,
      maxProcesses: 1,
      standsAlone: true,
      inspector: undefined,
    }
    const group = new Group(versions, options, this.#spawner, (empty) => this.#retired.delete(empty))
    this.#retired.add(group)
    try {
      const begun = clock()
      await group.ready()
      const readyAt = clock()
      const outcomes = await group.invoke({ ...invocation, versions })
      const runMs = clock() - readyAt
      return { outcomes, bootMs: readyAt - begun, runMs, ...(ran.length > 0 && { coverage: ran }) }
    } finally {
      group.retire()
    }
  }

  #groupsOf(versions: readonly BoundVersion[]): readonly (readonly BoundVersion[])[] {
    let groups = this.#split.get(versions)
    if (groups === undefined) {
      if (versions.length === 0) groups = []
      else groups = this.#options.isolation === 'trigger' ? [versions] : versions.map((version) => [version])
      this.#split.set(versions, groups)
    }
    return groups
  }

  #group(versions: readonly BoundVersion[]): Group {
    const key = groupKey(versions)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new Group(versions, this.#options, this.#spawner, (empty) => this.#retired.delete(empty))
      this.#groups.set(key, group)
    }
    return group
  }
}

const groupKeys = new WeakMap<readonly BoundVersion[], string>()

function groupKey(versions: readonly BoundVersion[]): string {
  let key = groupKeys.get(versions)
  if (key === undefined) {
    key = versions.map(({ version_id }) => version_id).join(' ')
    groupKeys.set(versions, key)
  }
  return key
}
