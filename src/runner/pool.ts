import type { BoundVersion, Clock } from '../domain/index.ts'
import type { Invocation, Outcome, Runner, SharedTriggerCache } from '../engine/index.ts'
import { layGroupFolder } from './bundle-folder.ts'
import { type Call, ChildProcess, type ProcessLimits } from './child-process.ts'
import type { LoadedVersion, LoadVersion } from './protocol.ts'
import { Watchdog } from './watchdog.ts'

/** What runs: a version's code and its action secrets in the clear, on their way into the sandbox. */
export interface VersionContent {
  readonly version_id: string
  readonly action_name: string
  readonly code: string
  readonly secrets: Readonly<Record<string, string>>
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
    return Array.from(this.#groups.values()).flatMap((group) => group.pids)
  }

  /** Kills every process at once. */
  close(): void {
    for (const group of this.#groups.values()) group.kill()
    this.#groups.clear()
    this.#watchdog.close()
  }

  #group(versions: readonly BoundVersion[]): Group {
    const key = groupKey(versions)
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new Group(versions, this.#options, this.#watchdog)
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

type Started = { readonly process: ChildProcess; readonly loaded: readonly LoadedVersion[] }

class Group {
  readonly #versions: readonly BoundVersion[]
  readonly #options: PoolOptions
  readonly #watchdog: Watchdog
  readonly #processes = new Set<ChildProcess>()
  readonly #unsubscribe: () => void
  #active: ChildProcess | undefined
  #spare: Promise<Started> | undefined
  #standing: ChildProcess | undefined
  #queue: Call[] = []
  #content: Promise<{ folder: string; program: string; versions: readonly LoadVersion[] }> | undefined
  #loaded: readonly LoadedVersion[] = []
  #promoting = false
  #retired = false
  #failuresInARow = 0

  constructor(versions: readonly BoundVersion[], options: PoolOptions, watchdog: Watchdog) {
    this.#versions = versions
    this.#options = options
    this.#watchdog = watchdog
    this.#unsubscribe = options.cache.subscribe((changes) => {
      for (const process of this.#processes) process.changeCache(changes)
    })
  }

  get pids(): readonly number[] {
    return Array.from(this.#processes, ({ pid }) => pid).filter((pid) => pid !== undefined)
  }

  get isReady(): boolean {
    return this.#active?.isUsable === true
  }

  async ready(): Promise<readonly LoadedVersion[]> {
    if (this.#active === undefined) {
      const { process, loaded } = await this.#start()
      this.#active = process
      this.#loaded = loaded
      this.#standBy()
      this.#drain()
    }
    return this.#loaded
  }

  invoke(invocation: Invocation): Promise<readonly Outcome[]> {
    const { clock, queue } = this.#options
    const receivedAt = clock()
    if (this.#queue.length >= queue) {
      return Promise.resolve([{ kind: 'overloaded', startedAt: receivedAt, endedAt: receivedAt, console: [] }])
    }
    return new Promise((resolve) => {
      const call: Call = {
        invocation,
        receivedAt,
        settle: (outcomes) => {
          clearTimeout(deadline)
          resolve(outcomes)
        },
      }
      const deadline = setTimeout(() => this.#expire(call), invocation.deadlineMs)
      this.#queue.push(call)
      this.#drain()
    })
  }

  retire(): void {
    this.#retired = true
    this.#unsubscribe()
    // What still waits here finds its process as before; nothing new comes.
    if (this.#queue.length > 0) return
    for (const process of this.#processes) process.retire(this.#options.graceMs)
  }

  kill(): void {
    this.#retired = true
    this.#unsubscribe()
    for (const process of this.#processes) process.kill({ kind: 'exited', exitCode: -1 })
  }

  #drain(): void {
    const { inFlight } = this.#options
    while (this.#queue.length > 0) {
      if (this.#active === undefined || !this.#active.isUsable) {
        this.#promote()
        return
      }
      if (this.#active.held >= inFlight) return
      const call = this.#queue.shift()
      if (call !== undefined) this.#active.run(call)
    }
    if (this.#retired) for (const process of this.#processes) process.retire(this.#options.graceMs)
  }

  /** Out of time: the call is answered now. Its process may still hold the action's timers and sockets, so it serves nothing new. */
  #expire(call: Call): void {
    const now = this.#options.clock()
    call.settle([{ kind: 'timed-out', startedAt: call.receivedAt, endedAt: now, console: [] }])
    if (this.#queue.includes(call)) {
      this.#queue = this.#queue.filter((waiting) => waiting !== call)
      return
    }
    for (const process of this.#processes) {
      if (process !== this.#active) {
        process.abandon(call)
        continue
      }
      this.#active = undefined
      process.abandon(call)
      process.retire(this.#options.graceMs)
    }
    this.#promote()
  }

  /** Puts the process that stands by to work, and another one in its place. */
  #promote(): void {
    if (this.#promoting || (this.#retired && this.#queue.length === 0)) return
    this.#promoting = true
    const next = this.#spare ?? this.#start()
    this.#spare = undefined
    this.#standing = undefined
    next.then(
      ({ process, loaded }) => {
        this.#promoting = false
        this.#failuresInARow = 0
        if (process.isUsable) {
          this.#active = process
          this.#loaded = loaded
        }
        this.#standBy()
        this.#drain()
      },
      (error: unknown) => {
        this.#promoting = false
        this.#failuresInARow += 1
        this.#options.events.onDefect(new Error('no process for the actions could be started', { cause: error }))
        // Whatever waits ends at its deadline, closed; trying goes on, ever slower.
        const delay = Math.min(100 * 2 ** this.#failuresInARow, 5_000)
        setTimeout(() => this.#drain(), delay).unref()
      },
    )
  }

  #standBy(): void {
    if (this.#spare !== undefined || this.#retired) return
    const spare = this.#start()
    this.#spare = spare
    spare.then(
      ({ process }) => {
        if (this.#spare === spare) this.#standing = process
      },
      () => {
        // Reported when one is wanted: it is tried again then.
        if (this.#spare === spare) this.#spare = undefined
      },
    )
  }

  async #start(): Promise<Started> {
    this.#content ??= this.#lay()
    const { folder, program, versions } = await this.#content
    const { limits, clock, cache, events } = this.#options
    const process = new ChildProcess(program, folder, limits, clock, {
      onRoom: () => this.#drain(),
      onLate: events.onLate,
      onEnd: (untaken, reason) => this.#onEnd(process, untaken, reason),
    })
    // From here on it hears of every change of the cache: none falls between what it loads and what it is told.
    this.#processes.add(process)
    this.#watchdog.add(process.pid)
    const loaded = await process.load(versions, cache.entries)
    events.onSpawn(process.pid)
    if (this.#retired) process.retire(this.#options.graceMs)
    return { process, loaded }
  }

  #onEnd(process: ChildProcess, untaken: readonly Call[], reason: string): void {
    this.#processes.delete(process)
    this.#watchdog.remove(process.pid)
    if (!this.#retired) this.#options.events.onEnd(reason)
    this.#queue.unshift(...untaken)
    if (process === this.#standing) {
      // The one that stood by: another takes its place.
      this.#spare = undefined
      this.#standing = undefined
      this.#standBy()
    }
    if (process === this.#active) this.#active = undefined
    if (this.#active === undefined && this.#queue.length > 0) this.#promote()
  }

  async #lay(): Promise<{ folder: string; program: string; versions: readonly LoadVersion[] }> {
    const contents = await Promise.all(this.#versions.map((version) => this.#options.content(version)))
    const folder = await layGroupFolder(this.#options.root, this.#options.program, contents)
    return {
      folder: folder.path,
      program: folder.program,
      versions: contents.map(({ version_id, action_name, code, secrets }) => ({
        version_id,
        action_name,
        code,
        secrets: JSON.stringify(secrets),
        folder: folder.versions.get(version_id) ?? folder.path,
      })),
    }
  }
}
