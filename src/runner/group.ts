import type { BoundVersion } from '../domain/index.ts'
import type { Invocation, Outcome } from '../engine/index.ts'
import { Breaker } from './breaker.ts'
import { type GroupFolder, layGroupFolder, removeGroupFolder } from './bundle-folder.ts'
import { type Call, ChildProcess } from './child-process.ts'
import { startDeadline } from './inspected.ts'
import { processCommand } from './launch.ts'
import { lostOutcomes } from './outcome.ts'
import type { PoolOptions } from './pool.ts'
import type { LoadedVersion } from './protocol.ts'
import type { Spawner } from './spawner.ts'

/** A process that has loaded its versions, and what of them does not parse. */
interface Started {
  readonly process: ChildProcess
  readonly loaded: readonly LoadedVersion[]
}

/** Milliseconds a call may wait for a busy process before another one is put to work. */
const patienceMs = 20
/** Milliseconds without work after which a process beyond the first is ended. */
const idleMs = 10_000
/** Milliseconds that a new group's first process has to itself before another is started beside it. */
const settlingMs = 500

/**
 * One isolation group: versions that share processes. One process is at work, more while calls wait, and one stands by, loaded. Calls wait
 * here until a process at work has room; what a lost process had not taken comes back and waits again.
 *
 * 1. Every call is settled once: by its process, by its deadline, by the breaker, or by the group's end.
 * 2. Without a process at work one is being started, whether or not a call waits: the group is ready again before it is asked.
 * 3. A retired group serves what waits and then ends its processes; a closed one starts nothing.
 */
export class Group {
  readonly #versions: readonly BoundVersion[]
  readonly #options: PoolOptions
  readonly #spawner: Spawner
  readonly #onEmpty: (group: Group) => void
  readonly #breaker: Breaker
  readonly #processes = new Set<ChildProcess>()
  readonly #unsubscribe: () => void
  /** The processes at work, and since when each has nothing to do. */
  readonly #active = new Map<ChildProcess, number | undefined>()
  #spare: Promise<Started> | undefined
  #standing: ChildProcess | undefined
  #queue: Call[] = []
  #folder: Promise<GroupFolder> | undefined
  #loaded: readonly LoadedVersion[] = []
  #promoting = false
  /** Whether an execution was lost here: whose turn it was is told from then on. */
  #hasLost = false
  #growth: NodeJS.Timeout | undefined
  #shrinking: NodeJS.Timeout | undefined
  #state: 'open' | 'retired' | 'closed' = 'open'

  constructor(
    versions: readonly BoundVersion[],
    options: PoolOptions,
    spawner: Spawner,
    onEmpty: (group: Group) => void,
  ) {
    this.#versions = versions
    this.#options = options
    this.#spawner = spawner
    this.#onEmpty = onEmpty
    this.#breaker = new Breaker(options.clock, (pauseMs) => {
      if (this.#state === 'open') options.events.onBreaker(this.actionNames, pauseMs)
    })
    this.#unsubscribe = options.cache.subscribe((changes) => {
      for (const process of this.#processes) process.changeCache(changes)
    })
  }

  get actionNames(): readonly string[] {
    return this.#versions.map(({ action_name }) => action_name)
  }

  /** Whether its processes keep ending, so that none is asked now. */
  get isBroken(): boolean {
    return this.#breaker.isOpen && !this.isReady
  }

  get pids(): readonly number[] {
    return Array.from(this.#processes, ({ pid }) => pid)
  }

  /** Whether a call would find a process at once. */
  get isReady(): boolean {
    for (const process of this.#active.keys()) if (process.isUsable) return true
    return false
  }

  /** Resolves once a process is at work; rejects when this attempt to start one failed. */
  async ready(): Promise<readonly LoadedVersion[]> {
    if (!this.isReady) {
      const started = await this.#start()
      if (this.isReady) started.process.retire(0)
      // The first exchanges after a deployment are about to come: starting one to stand by would take the processor from them.
      else this.#putToWork(started, settlingMs)
    }
    return this.#loaded
  }

  invoke(invocation: Invocation): Promise<readonly Outcome[]> {
    const { clock, queue, inspector } = this.#options
    const receivedAt = clock()
    const refuse = (kind: 'overloaded' | 'unavailable'): Promise<readonly Outcome[]> =>
      Promise.resolve([{ kind, startedAt: receivedAt, endedAt: receivedAt, console: [] }])
    if (this.isBroken) return refuse('unavailable')
    if (this.#queue.length >= queue && this.#roomiest() === undefined) return refuse('overloaded')
    return new Promise((resolve, reject) => {
      const call: Call = {
        invocation,
        receivedAt,
        tellsTurns: invocation.versions.length > 1 && (this.#options.tellsTurns === true || this.#hasLost),
        turns: [],
        settle: (outcomes) => {
          stopDeadline()
          resolve(outcomes)
        },
        reject: (error) => {
          stopDeadline()
          reject(error)
        },
      }
      const stopDeadline = startDeadline(invocation.deadlineMs, () => this.#expire(call), inspector)
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
    clearTimeout(this.#growth)
    clearTimeout(this.#shrinking)
    this.#fail(this.#queue.splice(0), { kind: 'exited', exitCode: -1 })
    for (const process of this.#processes) process.kill({ kind: 'exited', exitCode: -1 })
  }

  /** The process at work with the least to do that has room. */
  #roomiest(): ChildProcess | undefined {
    let found: ChildProcess | undefined
    for (const process of this.#active.keys()) {
      if (!process.isUsable || process.held >= this.#options.inFlight) continue
      if (found === undefined || process.held < found.held) found = process
    }
    return found
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const process = this.#roomiest()
      if (process === undefined) break
      const call = this.#queue.shift()
      if (call === undefined) break
      this.#active.set(process, undefined)
      process.run(call)
    }
    if (this.#state === 'retired' && this.#queue.length === 0) this.#wind()
    else if (!this.isReady) this.#promote()
    else this.#watchGrowth()
  }

  /** Looks again in a moment whether calls have come to wait: for a process that reads no more, or for room. */
  #watchGrowth(): void {
    if (this.#growth !== undefined || this.#state !== 'open' || this.#options.maxProcesses === 1) return
    if (this.#waitsSince() === undefined) return
    this.#growth = setTimeout(() => {
      this.#growth = undefined
      const since = this.#waitsSince()
      if (since === undefined || this.#state !== 'open') return
      const isLong = this.#options.clock() - since > patienceMs
      if (isLong && this.#active.size < this.#options.maxProcesses) this.#promote()
      this.#watchGrowth()
    }, patienceMs)
    this.#growth.unref()
  }

  #waitsSince(): number | undefined {
    let since = this.#queue[0]?.receivedAt
    for (const process of this.#active.keys()) {
      const { waitsSince } = process
      if (waitsSince !== undefined && (since === undefined || waitsSince < since)) since = waitsSince
    }
    return since
  }

  /** The end of a retired group: its processes finish what they hold. */
  #wind(): void {
    this.#unsubscribe()
    clearTimeout(this.#shrinking)
    for (const process of this.#processes) process.retire(this.#options.graceMs)
    this.#leave()
  }

  /** The last process is gone: nothing reads the group's folder any more. */
  #leave(): void {
    if (this.#processes.size > 0) return
    this.#onEmpty(this)
    this.#folder?.then(removeGroupFolder).catch((cause: unknown) => {
      this.#options.events.onDefect(new Error('the files of retired actions cannot be removed', { cause }))
    })
    this.#folder = undefined
  }

  /** Out of time: the call is answered now. Its process may still hold the action's timers and sockets, so it serves nothing new. */
  #expire(call: Call): void {
    const now = this.#options.clock()
    this.#hasLost = true
    call.settle(lostOutcomes(call, { kind: 'timed-out' }, now))
    this.#queue = this.#queue.filter((waiting) => waiting !== call)
    for (const process of this.#processes) {
      if (!process.abandon(call)) continue
      this.#active.delete(process)
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
        if (started.process.isUsable && this.#state !== 'closed') this.#putToWork(started)
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

  #putToWork({ process, loaded }: Started, standByAfterMs = 0): void {
    process.inspected?.lead()
    this.#active.set(process, undefined)
    this.#loaded = loaded
    for (const busy of this.#active.keys()) this.#queue.unshift(...busy.giveBack())
    if (standByAfterMs === 0) this.#standBy()
    else setTimeout(() => this.#standBy(), standByAfterMs).unref()
    this.#drain()
    if (this.#active.size > 1) this.#watchIdle()
  }

  /** Ends processes beyond the first that have had nothing to do for a while. */
  #watchIdle(): void {
    if (this.#shrinking !== undefined) return
    this.#shrinking = setTimeout(() => {
      this.#shrinking = undefined
      const now = this.#options.clock()
      for (const [process, idleSince] of this.#active) {
        if (process.held > 0) continue
        if (idleSince === undefined) this.#active.set(process, now)
        else if (now - idleSince >= idleMs && this.#active.size > 1) {
          this.#active.delete(process)
          process.retire(0)
        }
      }
      if (this.#active.size > 1 && this.#state === 'open') this.#watchIdle()
    }, idleMs)
    this.#shrinking.unref()
  }

  #standBy(): void {
    if (this.#spare !== undefined || this.#state !== 'open' || this.#options.standsAlone === true) return
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
    const { pauseMs } = this.#breaker
    if (pauseMs > 0) {
      if (!this.isReady) this.#fail(this.#queue.splice(0), { kind: 'unavailable' })
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref())
    }
    return this.#start()
  }

  async #start(): Promise<Started> {
    try {
      this.#folder ??= this.#lay()
      const folder = await this.#folder
      if (this.#state === 'closed') throw new Error('the pool is closed')
      return await this.#spawn(folder)
    } catch (error) {
      this.#breaker.count()
      throw error
    }
  }

  async #spawn({ path, program, versions }: GroupFolder): Promise<Started> {
    const { limits, clock, cache, events, onCoverage, inspector } = this.#options
    const inspected = await inspector?.admit()
    const own = inspected === undefined ? limits : { ...limits, inspectPort: inspected.port }
    const spawned = await this.#spawner.spawn(processCommand(program, path, own, this.#spawner.pid))
    if (this.#state === 'closed') {
      spawned.kill()
      throw new Error('the pool is closed')
    }
    const heard = {
      onRoom: () => this.#drain(),
      onLate: events.onLate,
      onCoverage,
      onEnd: (untaken: readonly Call[], reason: string) => this.#onEnd(process, untaken, reason),
    }
    const process = new ChildProcess(spawned, limits, clock, heard, inspected)
    // From here on it hears of every change of the cache: none falls between what it loads and what it is told.
    this.#processes.add(process)
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
    this.#active.delete(process)
    if (this.#state === 'closed') {
      this.#fail(untaken, { kind: 'exited', exitCode: -1 })
      this.#leave()
      return
    }
    if (!process.isRetired) {
      this.#hasLost = true
      this.#breaker.count()
      this.#options.events.onEnd(reason)
    }
    this.#queue.unshift(...untaken)
    if (process === this.#standing) {
      this.#spare = undefined
      this.#standing = undefined
      this.#standBy()
    }
    this.#drain()
  }

  #fail(calls: readonly Call[], ending: { kind: 'exited'; exitCode: number } | { kind: 'unavailable' }): void {
    const endedAt = this.#options.clock()
    for (const { settle, receivedAt } of calls) settle([{ ...ending, startedAt: receivedAt, endedAt, console: [] }])
  }

  async #lay(): Promise<GroupFolder> {
    try {
      const contents = await Promise.all(this.#versions.map((version) => this.#options.content(version)))
      const { root, program, limits } = this.#options
      return await layGroupFolder(root, program, contents, limits.outbound?.certificates)
    } catch (error) {
      // The next attempt asks anew.
      this.#folder = undefined
      throw error
    }
  }
}
