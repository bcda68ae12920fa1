import type { BoundVersion, Clock } from '../domain/index.ts'
import type { Invocation, Outcome, Runner, SharedTriggerCache } from '../engine/index.ts'
import type { ProcessLimits } from './child-process.ts'
import { Group } from './group.ts'
import type { LoadedVersion } from './protocol.ts'
import { Watchdog } from './watchdog.ts'

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
  onSpawn(pid: number | undefined): void
  onEnd(reason: string): void
  onLate(action_name: string, what: string): void
  onDefect(error: Error): void
}

export interface PoolOptions {
  /** Folder for the groups' files; ours alone. */
  readonly root: string
  /** The child's program as one file. */
  readonly program: string
  readonly limits: ProcessLimits
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
 * Which process serves which versions. All bound versions of the trigger form one isolation group and share a process; a second one
 * stands by, loaded, and takes over when the first is lost.
 */
export class RunnerPool implements Runner {
  readonly #options: PoolOptions
  readonly #groups = new Map<string, Group>()
  /** Groups that still finish what they hold. */
  readonly #retired = new Set<Group>()
  readonly #watchdog: Watchdog

  constructor(options: PoolOptions) {
    this.#options = options
    this.#watchdog = new Watchdog(options.events.onDefect)
  }

  /** Loads versions into a warm process. Resolves when it answers, with what of them does not parse; rejects when it cannot be started. */
  async prepare(versions: readonly BoundVersion[]): Promise<readonly LoadedVersion[]> {
    if (versions.length === 0) return []
    return this.#group(versions).ready()
  }

  /** Retires every group but the one of these versions: called once nothing new refers to the others. */
  retain(versions: readonly BoundVersion[]): void {
    const kept = groupKey(versions)
    for (const [key, group] of this.#groups) {
      if (key === kept) continue
      this.#groups.delete(key)
      this.#retired.add(group)
      group.retire()
    }
  }

  invoke(invocation: Invocation): Promise<readonly Outcome[]> {
    return this.#group(invocation.versions).invoke(invocation)
  }

  /** Whether an execution of these versions would find a process at once. */
  isReady(versions: readonly BoundVersion[]): boolean {
    return versions.length === 0 || this.#groups.get(groupKey(versions))?.isReady === true
  }

  /** Process ids of the processes at work and standing by. */
  get pids(): readonly number[] {
    return [...this.#groups.values(), ...this.#retired].flatMap((group) => group.pids)
  }

  /** Kills every process at once. */
  close(): void {
    for (const group of [...this.#groups.values(), ...this.#retired]) group.close()
    this.#groups.clear()
    this.#watchdog.close()
  }

  #group(versions: readonly BoundVersion[]): Group {
    const key = groupKey(versions)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new Group(versions, this.#options, this.#watchdog, (empty) => this.#retired.delete(empty))
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
