import type { BoundVersion, Clock } from '../domain/index.ts'
import { type Command, type Invocation, type Outcome, type Runner, SharedTriggerCache } from '../engine/index.ts'
import { Group } from './group.ts'
import type { ProcessLimits } from './launch.ts'
import type { LoadedVersion } from './protocol.ts'
import { Spawner } from './spawner.ts'

/** Code and its action secrets in the clear, on their way into the sandbox. */
export interface RunnableCode {
  readonly code: string
  readonly secrets: Readonly<Record<string, string>>
  /** Where its npm packages lie, built; absent when it declares none. */
  readonly bundle?: { readonly hash: string; readonly path: string }
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

/** How a version that is run once ended, and the milliseconds that took. */
interface OneRun {
  readonly outcomes: readonly Outcome[]
  readonly bootMs: number
  readonly runMs: number
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
  /** Processes that one group may have at work. */
  readonly maxProcesses: number
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
  /** Settles when whoever is run once now has ended. */
  #once: Promise<unknown> = Promise.resolve()
  /** The groups of a list of versions, in its order. The list of a snapshot is the same object for every exchange. */
  readonly #split = new WeakMap<readonly BoundVersion[], readonly (readonly BoundVersion[])[]>()

  constructor(options: PoolOptions) {
    this.#options = options
    this.#spawner = new Spawner(options.limits.node, options.spawnerProgram, options.events.onDefect)
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
   * Runs one version that is not bound, once, in a group of its own that begins with an empty cache and ends with it. One at a time, the others
   * wait. `bootMs` and `runMs`: how long its process took to stand ready, and from then on. Rejects for a defect.
   */
  runOnce(content: VersionContent, invocation: Omit<Invocation, 'versions'>): Promise<OneRun> {
    const run = this.#once.then(() => this.#runOnce(content, invocation))
    this.#once = run.catch(() => undefined)
    return run
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

  /** Kills every process at once. */
  close(): void {
    for (const group of [...this.#groups.values(), ...this.#retired]) group.close()
    this.#groups.clear()
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

  async #runOnce(content: VersionContent, invocation: Omit<Invocation, 'versions'>): Promise<OneRun> {
    const { clock, limits, events } = this.#options
    const { version_id, action_name } = content
    const versions = [{ binding_id: version_id, action_id: version_id, action_name, version_id, number: 0 }]
    const options = {
      ...this.#options,
      cache: new SharedTriggerCache(),
      content: async () => content,
      limits: { ...limits, consoleCharacters: onceConsoleCharacters },
      // Whoever asked is told how it ended; no exchange is concerned.
      events: { ...events, onEnd: () => undefined, onBreaker: () => undefined },
      maxProcesses: 1,
      standsAlone: true,
    }
    const group = new Group(versions, options, this.#spawner, (empty) => this.#retired.delete(empty))
    this.#retired.add(group)
    try {
      const begun = clock()
      await group.ready()
      const readyAt = clock()
      const outcomes = await group.invoke({ ...invocation, versions })
      return { outcomes, bootMs: readyAt - begun, runMs: clock() - readyAt }
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
