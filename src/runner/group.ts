import type { BoundVersion } from '../domain/index.ts'
import type { Invocation, Outcome } from '../engine/index.ts'
import { layGroupFolder } from './bundle-folder.ts'
import { type Call, ChildProcess } from './child-process.ts'
import type { PoolOptions } from './pool.ts'
import type { LoadedVersion, LoadVersion } from './protocol.ts'
import type { Watchdog } from './watchdog.ts'

/** A process that has loaded its versions, and what of them does not parse. */
interface Started {
  readonly process: ChildProcess
  readonly loaded: readonly LoadedVersion[]
}

/** Where the group's files lie, and what is loaded from them. */
interface Content {
  readonly folder: string
  readonly program: string
  readonly versions: readonly LoadVersion[]
}

/** Ends a minute that are taken for bad luck; from then on a new process waits, ever longer. */
const toleratedEnds = 5
const firstPauseMs = 100
const longestPauseMs = 5_000
const endsKeptMs = 60_000

/**
 * One isolation group: versions that share a process. One process is at work, one stands by, loaded. Calls wait here until the process at
 * work has room; what a lost process had not taken comes back and waits again.
 *
 * 1. Every call is settled once: by its process, by its deadline, or by the group's end.
 * 2. Without a process at work one is being started, whether or not a call waits: the group is ready again before it is asked.
 * 3. A retired group serves what waits and then ends its processes; a closed one starts nothing.
 */
export class Group {
  readonly #versions: readonly BoundVersion[]
  readonly #options: PoolOptions
  readonly #watchdog: Watchdog
  readonly #onEmpty: (group: Group) => void
  readonly #processes = new Set<ChildProcess>()
  readonly #unsubscribe: () => void
  #active: ChildProcess | undefined
  #spare: Promise<Started> | undefined
  #standing: ChildProcess | undefined
  #queue: Call[] = []
  #content: Promise<Content> | undefined
  #loaded: readonly LoadedVersion[] = []
  #promoting = false
  #state: 'open' | 'retired' | 'closed' = 'open'
  /** When processes were lost or could not be started, in the last minute. */
  #ends: readonly number[] = []

  constructor(
    versions: readonly BoundVersion[],
    options: PoolOptions,
    watchdog: Watchdog,
    onEmpty: (group: Group) => void,
  ) {
    this.#versions = versions
    this.#options = options
    this.#watchdog = watchdog
    this.#onEmpty = onEmpty
    this.#unsubscribe = options.cache.subscribe((changes) => {
      for (const process of this.#processes) process.changeCache(changes)
    })
  }

  get pids(): readonly number[] {
    return Array.from(this.#processes, ({ pid }) => pid).filter((pid) => pid !== undefined)
  }

  /** Whether a call would find a process at once. */
  get isReady(): boolean {
    return this.#active?.isUsable === true
  }

  /** Resolves once a process is at work; rejects when this attempt to start one failed. */
  async ready(): Promise<readonly LoadedVersion[]> {
    if (!this.isReady) {
      const started = await this.#start()
      if (this.isReady) started.process.retire(0)
      else this.#putToWork(started)
    }
    return this.#loaded
  }

  invoke(invocation: Invocation): Promise<readonly Outcome[]> {
    const { clock, queue } = this.#options
    const receivedAt = clock()
    if (this.#queue.length >= queue && !this.#hasRoom()) {
      return Promise.resolve([{ kind: 'overloaded', startedAt: receivedAt, endedAt: receivedAt, console: [] }])
    }
    return new Promise((resolve, reject) => {
      const call: Call = {
        invocation,
        receivedAt,
        settle: (outcomes) => {
          clearTimeout(deadline)
          resolve(outcomes)
        },
        reject: (error) => {
          clearTimeout(deadline)
          reject(error)
        },
      }
      const deadline = setTimeout(() => this.#expire(call), invocation.deadlineMs)
      this.#queue.push(call)
      this.#drain()
    })
  }

  /** Nothing new comes: serves what waits, then ends its processes. */
  retire(): void {
    if (this.#state === 'open') this.#state = 'retired'
    this.#drain()
  }

  /** Ends everything now. What waits fails, closed. */
  close(): void {
    this.#state = 'closed'
    this.#unsubscribe()
    const now = this.#options.clock()
    for (const { settle, receivedAt } of this.#queue.splice(0)) {
      settle([{ kind: 'exited', exitCode: -1, startedAt: receivedAt, endedAt: now, console: [] }])
    }
    for (const process of this.#processes) process.kill({ kind: 'exited', exitCode: -1 })
  }

  #hasRoom(): boolean {
    return this.#active?.isUsable === true && this.#active.held < this.#options.inFlight
  }

  #drain(): void {
    while (this.#queue.length > 0 && this.#hasRoom()) {
      const call = this.#queue.shift()
      if (call !== undefined) this.#active?.run(call)
    }
    if (this.#state === 'retired' && this.#queue.length === 0) this.#wind()
    else if (!this.isReady) this.#promote()
  }

  /** The end of a retired group: its processes finish what they hold. */
  #wind(): void {
    this.#unsubscribe()
    for (const process of this.#processes) process.retire(this.#options.graceMs)
    if (this.#processes.size === 0) this.#onEmpty(this)
  }

  /** Out of time: the call is answered now. Its process may still hold the action's timers and sockets, so it serves nothing new. */
  #expire(call: Call): void {
    const now = this.#options.clock()
    call.settle([{ kind: 'timed-out', startedAt: call.receivedAt, endedAt: now, console: [] }])
    this.#queue = this.#queue.filter((waiting) => waiting !== call)
    for (const process of this.#processes) {
      if (!process.abandon(call)) continue
      if (process === this.#active) this.#active = undefined
      process.retire(this.#options.graceMs)
    }
    this.#drain()
  }

  /** Puts the process that stands by to work, or a new one. */
  #promote(): void {
    if (this.#promoting || this.#state === 'closed') return
    this.#promoting = true
    const next = this.#spare ?? this.#startInTime()
    this.#spare = undefined
    this.#standing = undefined
    next.then(
      (started) => {
        this.#promoting = false
        if (started.process.isUsable && !this.isReady) this.#putToWork(started)
        else this.#drain()
      },
      (error: unknown) => {
        this.#promoting = false
        if (this.#state === 'closed') return
        this.#options.events.onDefect(new Error('no process for the actions could be started', { cause: error }))
        this.#drain()
      },
    )
  }

  #putToWork({ process, loaded }: Started): void {
    this.#active = process
    this.#loaded = loaded
    this.#standBy()
    this.#drain()
  }

  #standBy(): void {
    if (this.#spare !== undefined || this.#state !== 'open') return
    const spare = this.#startInTime()
    this.#spare = spare
    spare.then(
      ({ process }) => {
        if (this.#spare === spare) this.#standing = process
      },
      () => {
        // Told when one is wanted: it is tried again then.
        if (this.#spare === spare) this.#spare = undefined
      },
    )
  }

  /** A new process; after a minute of many lost ones not at once, so that a version that dies each time costs little. */
  async #startInTime(): Promise<Started> {
    const now = this.#options.clock()
    this.#ends = this.#ends.filter((end) => end > now - endsKeptMs)
    const beyond = this.#ends.length - toleratedEnds
    if (beyond >= 0) {
      const pauseMs = Math.min(firstPauseMs * 2 ** beyond, longestPauseMs)
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref())
    }
    return this.#start()
  }

  async #start(): Promise<Started> {
    try {
      this.#content ??= this.#lay()
      const { folder, program, versions } = await this.#content
      if (this.#state === 'closed') throw new Error('the pool is closed')
      return await this.#spawn(folder, program, versions)
    } catch (error) {
      this.#countEnd()
      throw error
    }
  }

  async #spawn(folder: string, program: string, versions: readonly LoadVersion[]): Promise<Started> {
    const { limits, clock, cache, events } = this.#options
    const process = new ChildProcess(program, folder, limits, clock, {
      onRoom: () => this.#drain(),
      onLate: events.onLate,
      onEnd: (untaken, reason) => this.#onEnd(process, untaken, reason),
    })
    // From here on it hears of every change of the cache: none falls between what it loads and what it is told.
    this.#processes.add(process)
    this.#watchdog.add(process.pid)
    try {
      const loaded = await process.load(versions, cache.entries)
      events.onSpawn(process.pid)
      return { process, loaded }
    } catch (error) {
      process.kill({ kind: 'exited', exitCode: -1 })
      throw error
    }
  }

  #onEnd(process: ChildProcess, untaken: readonly Call[], reason: string): void {
    this.#processes.delete(process)
    this.#watchdog.remove(process.pid)
    if (this.#state === 'closed') {
      for (const { settle, receivedAt } of untaken) {
        settle([{ kind: 'exited', exitCode: -1, startedAt: receivedAt, endedAt: this.#options.clock(), console: [] }])
      }
      if (this.#processes.size === 0) this.#onEmpty(this)
      return
    }
    if (!process.isRetired) {
      this.#countEnd()
      this.#options.events.onEnd(reason)
    }
    this.#queue.unshift(...untaken)
    if (process === this.#active) this.#active = undefined
    if (process === this.#standing) {
      this.#spare = undefined
      this.#standing = undefined
      this.#standBy()
    }
    this.#drain()
  }

  #countEnd(): void {
    this.#ends = [...this.#ends, this.#options.clock()]
  }

  async #lay(): Promise<Content> {
    try {
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
    } catch (error) {
      // The next attempt asks anew.
      this.#content = undefined
      throw error
    }
  }
}
