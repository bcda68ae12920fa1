import { randomInt } from 'node:crypto'
import type { Clock } from '../domain/index.ts'
import type { CacheChange, CacheSnapshot, FixedEvent, Invocation, Outcome } from '../engine/index.ts'
import { launchFailedStatus } from './hardening/order.ts'
import { HeldCalls } from './held-calls.ts'
import type { InspectedProcess } from './inspected.ts'
import type { ProcessLimits } from './launch.ts'
import { lostOutcomes, parseLate, parseLoaded, parseOutcomes } from './outcome.ts'
import type { PoolOptions } from './pool.ts'
import { ProcessWatch } from './process-watch.ts'
import {
  type Frame,
  FrameReader,
  FrameWriter,
  frameLimits,
  frameTypes,
  type LoadedVersion,
  type LoadVersion,
  type StartMessage,
} from './protocol.ts'
import type { Exit, Spawned } from './spawner.ts'

/** One execution on its way through a process. */
export interface Call {
  readonly invocation: Invocation
  readonly receivedAt: number
  /** Whether its process is asked to tell {@link turns}: that costs a message for each further action. */
  readonly tellsTurns: boolean
  /** The outcomes of the actions before, as each was told when the next one began; not parsed. */
  readonly turns: string[]
  settle(outcomes: readonly Outcome[]): void
  /** It could not even be sent: a defect, or an event larger than a frame. */
  reject(error: Error): void
}

/** What a process tells its group. */
export interface ProcessEvents {
  /** It is gone. `untaken` were never read by it and may be run elsewhere; everything else it held is settled. */
  onEnd(untaken: readonly Call[], reason: string): void
  /** It has room again. */
  onRoom(): void
  /** An action did something after its handler had settled, or code nobody awaits failed. */
  onLate(action_name: string, what: string): void
  /** It told what ran of its code. Where absent, it may not. Throws when that is not what our child program sends. */
  readonly onCoverage?: PoolOptions['onCoverage']
}

interface Loading {
  resolve(loaded: readonly LoadedVersion[]): void
  reject(error: Error): void
  readonly awaited: number
  readonly loaded: LoadedVersion[]
}

type FatalOutcome =
  | { readonly kind: 'timed-out' | 'out-of-memory' }
  | { readonly kind: 'exited'; readonly exitCode: number }

const loadDeadlineMs = 10_000
/** Milliseconds without a sign of life after which a process may be in something of an action's that came late. */
const quietMs = 25
/** Fixed event parts a process remembers before it is told to forget them all. */
const rememberedParts = 4_096

/**
 * One sandboxed process: calls, deadline, memory, exit → {@link Outcome}. It is handed calls, answers each exactly once, and is killed,
 * not asked, when it does not answer or grows.
 */
export class ChildProcess {
  readonly #clock: Clock
  readonly #events: ProcessEvents
  readonly #spawned: Spawned
  readonly #watch: ProcessWatch
  readonly #tag = randomInt(1, 2 ** 32 - 1)
  readonly #writer = new FrameWriter(this.#tag)
  readonly #reader = new FrameReader(frameLimits.toServer)
  readonly #calls = new HeldCalls()
  /** How debuggers reach it; absent where none may. */
  readonly inspected: InspectedProcess | undefined
  #fixed = new WeakMap<FixedEvent, number>()
  #fixedCount = 0
  /** Calls not yet written: at most one batch is on its way. */
  #waiting: Call[] = []
  #untakenUpTo = 0
  #lastNumber = 0
  #takenUpTo = 0
  /** Whether the batch on its way is known to be unread as long as it is not `taken`. */
  #hasBarrier = false
  #flushing = false
  #lastSign: number
  #loading: Loading | undefined
  #ending: FatalOutcome | undefined
  #retiring = false
  #ended = false

  /** Speaks with a process that has just been started. It takes calls once {@link load} has resolved. */
  constructor(
    spawned: Spawned,
    limits: ProcessLimits,
    clock: Clock,
    events: ProcessEvents,
    inspected?: InspectedProcess,
  ) {
    this.#spawned = spawned
    this.#clock = clock
    this.#events = events
    this.inspected = inspected
    this.#lastSign = this.#runningMs()
    const { socket, exited } = spawned
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    // How it ended is told by its exit alone: one out of memory resets its socket first.
    socket.on('error', () => spawned.kill())
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('end', () => socket.destroy())
    // Not its exit alone: what the process wrote last is read before its end counts.
    Promise.all([exited, closed]).then(
      ([exit]) => this.#onExit(exit),
      () => undefined,
    )
    this.#watch = new ProcessWatch({
      pid: spawned.pid,
      memoryMiB: limits.memoryMiB,
      stuckMs: limits.stuckMs,
      isBusy: () => this.#calls.size > 0 || this.#loading !== undefined,
      quietMs: () => (this.#calls.size > 0 && this.#loading === undefined ? this.#runningMs() - this.#lastSign : 0),
      ping: () => {
        if (this.#loading !== undefined) return
        this.#writer.add(frameTypes.ping, 0, '', frameLimits.toChild)
        this.#schedule()
      },
      kill: (kind) => this.kill({ kind }),
    })
    const start: StartMessage = {
      tag: this.#tag,
      consoleCharacters: limits.consoleCharacters,
      egress: limits.egress ?? { kind: 'open' },
      ...(limits.outbound !== undefined && { outbound: { port: limits.outbound.port } }),
      ...(limits.clockMs !== undefined && { clockMs: limits.clockMs }),
    }
    this.#writer.add(frameTypes.start, 0, JSON.stringify(start), frameLimits.toChild)
  }

  get pid(): number {
    return this.#spawned.pid
  }

  /** Calls it holds and has not answered. */
  get held(): number {
    return this.#calls.size + this.#waiting.length
  }

  /** When the first call arrived that waits for it to read an earlier batch; `undefined` when none does. */
  get waitsSince(): number | undefined {
    return this.#waiting[0]?.receivedAt
  }

  get isUsable(): boolean {
    return !this.#ended && !this.#retiring && this.#ending === undefined && !this.#spawned.socket.destroyed
  }

  /** Whether it was told to finish, or finished, on purpose. */
  get isRetired(): boolean {
    return this.#retiring
  }

  /** Hands it one execution. Its deadline is the caller's to keep. */
  run(call: Call): void {
    this.#waiting.push(call)
    this.#schedule()
  }

  /** Gives back the calls that wait for it to read an earlier batch: another process has room. */
  giveBack(): readonly Call[] {
    return this.#waiting.splice(0)
  }

  /** Takes back a call that ran out of time: its answer no longer matters. Whether it was this process that held it. */
  abandon(call: Call): boolean {
    const before = this.held
    this.#calls.abandon(call)
    this.#waiting = this.#waiting.filter((held) => held !== call)
    if (this.held === before) return false
    this.#settled()
    return true
  }

  /** Tells it of changes of the trigger's cache. */
  changeCache(changes: readonly CacheChange[]): void {
    if (this.#ended) return
    this.#writer.add(frameTypes.cache, 0, JSON.stringify(changes), frameLimits.toChild)
    this.#schedule()
  }

  /** Lets it finish what it holds, within `graceMs`, and then ends it. Nothing new may be handed to it. */
  retire(graceMs: number): void {
    if (this.#retiring || this.#ended) return
    this.#retiring = true
    setTimeout(() => this.kill({ kind: 'timed-out' }), graceMs).unref()
    this.#settled()
  }

  /** Ends it now. Calls it has taken end with `outcome`. */
  kill(outcome: FatalOutcome): void {
    this.#ending ??= outcome
    this.#spawned.kill()
  }

  /** Loads versions and the trigger's cache into it. Rejects when it ends before it answers. */
  load(versions: readonly LoadVersion[], cache: CacheSnapshot): Promise<readonly LoadedVersion[]> {
    const changes = Array.from(cache, ([key, record]) => ({ key, record }))
    // Loading parses and runs nothing: a process that takes this long hangs.
    const deadline = setTimeout(() => this.kill({ kind: 'timed-out' }), loadDeadlineMs)
    return new Promise<readonly LoadedVersion[]>((resolve, reject) => {
      this.#loading = { resolve, reject, awaited: versions.length, loaded: [] }
      this.#writer.add(frameTypes.cache, 0, JSON.stringify(changes), frameLimits.toChild)
      // A frame each: twenty versions of the size that Auth0 allows are more than one holds.
      for (const [index, version] of versions.entries()) {
        this.#writer.add(frameTypes.load, index + 1, JSON.stringify(version), frameLimits.toChild)
      }
      this.#spawned.socket.write(this.#writer.take())
    }).finally(() => clearTimeout(deadline))
  }

  #schedule(): void {
    if (this.#flushing || this.#ended) return
    this.#flushing = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    if (this.#ended || this.#ending !== undefined) return
    if (this.#waiting.length > 0 && this.#takenUpTo === this.#untakenUpTo) {
      // A process that runs nothing reads what comes next. One that runs something, was quiet for long enough to have begun, or
      // has never been sent anything and may be gone already, may never: then what it did not read can run elsewhere,
      // if it says what it read before it begins with it. That costs a write of its own, so it is asked for here alone.
      const isFirst = this.#lastNumber === 0
      this.#hasBarrier = isFirst || this.#calls.size > 0 || this.#runningMs() - this.#lastSign > quietMs
      if (this.#hasBarrier) {
        this.#writer.add(frameTypes.barrier, this.#lastNumber + this.#waiting.length, '', frameLimits.toChild)
      }
      // One that owed nothing owed no sign of life either.
      if (this.#calls.size === 0) this.#lastSign = this.#runningMs()
      for (const call of this.#waiting) this.#write(call)
      this.#waiting = []
      this.#untakenUpTo = this.#lastNumber
      this.#watch.wake()
    }
    if (!this.#writer.isEmpty) this.#spawned.socket.write(this.#writer.take())
  }

  #write(call: Call): void {
    const { fixed, varying, versions, prior } = call.invocation
    // Another process may have held it before.
    call.turns.length = 0
    const body = JSON.stringify({
      fixed: this.#fixedNumber(fixed),
      versions: versions.map(({ version_id }) => version_id),
      varying,
      prior,
      ...(call.tellsTurns && { tellsTurns: true }),
    })
    this.#lastNumber += 1
    try {
      this.#writer.add(frameTypes.invoke, this.#lastNumber, body, frameLimits.toChild)
    } catch (cause) {
      call.reject(new Error('an execution is larger than what a sandboxed process is sent', { cause }))
      return
    }
    this.#calls.add(this.#lastNumber, call)
  }

  /** The number under which the process knows the fixed part of an event; sent when it does not know it yet. */
  #fixedNumber(fixed: FixedEvent): number {
    const known = this.#fixed.get(fixed)
    if (known !== undefined) return known
    if (this.#fixedCount === rememberedParts) {
      // Frames are read in order: what refers to the old numbers was written before this.
      this.#writer.add(frameTypes.fixed, 0, '', frameLimits.toChild)
      this.#fixed = new WeakMap()
      this.#fixedCount = 0
    }
    this.#fixedCount += 1
    this.#fixed.set(fixed, this.#fixedCount)
    this.#writer.add(frameTypes.fixed, this.#fixedCount, JSON.stringify(fixed), frameLimits.toChild)
    return this.#fixedCount
  }

  /** A clock that stands still while a debugger has the process stand still. */
  #runningMs(): number {
    return this.#clock() - (this.inspected?.stoodStillMs ?? 0)
  }

  #receive(chunk: Buffer): void {
    this.#lastSign = this.#runningMs()
    try {
      for (const frame of this.#reader.read(chunk)) this.#take(frame)
    } catch {
      // Not our child program's frames: nothing more it says is read.
      this.kill({ kind: 'exited', exitCode: -1 })
    }
  }

  #take(frame: Frame): void {
    if (this.#ending !== undefined) return
    if (frame.tag !== this.#tag) throw new Error('a frame without the tag of its process')
    switch (frame.type) {
      case frameTypes.result: {
        const call = this.#calls.get(frame.number)
        if (call === undefined) return
        const { versions } = call.invocation
        const outcomes = parseOutcomes(frame.body, versions.length, call.receivedAt, this.#clock())
        if (outcomes === undefined) throw new Error('a result that is none')
        this.#calls.delete(frame.number)
        call.settle(outcomes)
        this.#settled()
        return
      }
      case frameTypes.taken:
        this.#takenUpTo = frame.number
        if (this.#waiting.length > 0) this.#schedule()
        return
      case frameTypes.loaded: {
        const loading = this.#loading
        if (loading === undefined || loading.loaded.push(parseLoaded(frame.body)) < loading.awaited) return
        this.#loading = undefined
        loading.resolve(loading.loaded)
        return
      }
      case frameTypes.late: {
        const { action_name, what } = parseLate(frame.body)
        this.#events.onLate(action_name, what)
        return
      }
      case frameTypes.turn: {
        const call = this.#calls.get(frame.number)
        if (call === undefined) return
        const { invocation, turns, tellsTurns } = call
        if (!tellsTurns || turns.length + 1 >= invocation.versions.length)
          throw new Error('a turn that nobody asked for')
        // Read when the call is lost alone.
        turns.push(frame.body)
        return
      }
      case frameTypes.coverage:
        if (this.#events.onCoverage === undefined) throw new Error('a frame that nobody asked for')
        this.#events.onCoverage(frame.body)
        return
      case frameTypes.pong:
        return
      case frameTypes.leaving:
        this.#ending = { kind: 'exited', exitCode: 0 }
        this.#hasBarrier = true
        return
      default:
        throw new Error(`a frame of the unknown type ${frame.type}`)
    }
  }

  #settled(): void {
    if (this.#retiring && this.held === 0) this.kill({ kind: 'exited', exitCode: 0 })
    else if (this.isUsable) this.#events.onRoom()
  }

  #onExit({ exitCode, signal }: Exit): void {
    // V8 aborts the process when its heap is full; actions cannot abort it themselves.
    const own: FatalOutcome =
      signal === 'SIGABRT' ? { kind: 'out-of-memory' } : { kind: 'exited', exitCode: exitCode ?? -1 }
    const couldNotLaunch = exitCode === launchFailedStatus && this.#loading !== undefined
    const reason = couldNotLaunch
      ? 'a layer of the system around it could not be set; symbolon doctor says which hold here'
      : `it ended with ${signal ?? `exit code ${exitCode}`}`
    this.#end(reason, this.#ending ?? own)
  }

  #end(reason: string, outcome: FatalOutcome): void {
    if (this.#ended) return
    this.#ended = true
    this.inspected?.leave()
    this.#watch.stop()
    this.#spawned.socket.destroy()
    this.#loading?.reject(new Error(`a sandboxed process was gone before it had loaded its actions: ${reason}`))
    const untaken = [...this.#waiting]
    this.#waiting = []
    const now = this.#clock()
    for (const { number, call } of this.#calls.takeAll()) {
      if (number > this.#takenUpTo && this.#hasBarrier) untaken.push(call)
      else call.settle(lostOutcomes(call, outcome, now))
    }
    this.#events.onEnd(untaken, `${reason} (${outcome.kind})`)
  }
}
