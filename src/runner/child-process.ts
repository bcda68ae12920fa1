import { type ChildProcess as NodeChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Clock } from '../domain/index.ts'
import type { CacheChange, CacheSnapshot, FixedEvent, Invocation, Outcome } from '../engine/index.ts'
import { parseLate, parseLoaded, parseOutcomes } from './outcome.ts'
import {
  type Frame,
  FrameReader,
  FrameWriter,
  frameLimits,
  frameTypes,
  type LoadedVersion,
  type LoadVersion,
} from './protocol.ts'

/** How a process is started and held to its limits. */
export interface ProcessLimits {
  /** Path of the Node that runs actions. */
  readonly node: string
  readonly heapMiB: number
  readonly memoryMiB: number
  /** Milliseconds without an answer after which a process counts as stuck. */
  readonly stuckMs: number
  /** Characters of console output an action's outcome carries. */
  readonly consoleCharacters: number
  /** The system user actions run as; the server's own when absent. */
  readonly uid?: number
}

/** One execution on its way through a process. */
export interface Call {
  readonly invocation: Invocation
  readonly receivedAt: number
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

const memoryWatchMs = 100
const loadDeadlineMs = 10_000
/** Milliseconds without a sign of life after which a process may be in something of an action's that came late. */
const quietMs = 25
/** Fixed event parts a process remembers before it is told to forget them all. */
const rememberedParts = 4_096

/**
 * One sandboxed process: start, deadline, memory, exit → {@link Outcome}. It is handed calls, answers each exactly once, and is killed,
 * not asked, when it does not answer or grows.
 */
export class ChildProcess {
  readonly #limits: ProcessLimits
  readonly #clock: Clock
  readonly #events: ProcessEvents
  readonly #process: NodeChildProcess
  readonly #socket: Socket
  readonly #tag = randomInt(1, 2 ** 32 - 1)
  readonly #writer = new FrameWriter(this.#tag)
  readonly #reader = new FrameReader(frameLimits.toServer)
  readonly #calls = new Map<number, Call>()
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
  #watch: NodeJS.Timeout | undefined
  #loading: Loading | undefined
  #ending: FatalOutcome | undefined
  #retiring = false
  #ended = false

  /** Starts a process that may read `folder` alone. It takes calls once {@link load} has resolved. */
  constructor(program: string, folder: string, limits: ProcessLimits, clock: Clock, events: ProcessEvents) {
    this.#limits = limits
    this.#clock = clock
    this.#events = events
    this.#lastSign = clock()
    this.#process = spawn(limits.node, [...permissions(folder, limits), program], {
      cwd: folder,
      env: { TZ: 'UTC', NODE_ENV: 'production' },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      // A process group of its own: Ctrl-C at a terminal is the server's to handle, which lets what runs finish.
      detached: true,
      ...(limits.uid === undefined ? {} : { uid: limits.uid, gid: limits.uid }),
    })
    // Before anything else: a process that could not be started says so here, and has no socket.
    this.#process.on('error', (error) =>
      this.#end(`it did not start: ${error.message}`, { kind: 'exited', exitCode: -1 }),
    )
    const socket = this.#process.stdio?.[3]
    this.#socket = socket instanceof Socket ? socket : new Socket()
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    // How it ended is told by its exit alone: one out of memory resets its socket first.
    this.#socket.on('error', () => this.#process.kill('SIGKILL'))
    // Not 'exit': what the process wrote last is read before its end counts.
    this.#process.on('close', (code, signal) => this.#onExit(code, signal))
    this.#writer.add(
      frameTypes.start,
      0,
      JSON.stringify({ tag: this.#tag, consoleCharacters: limits.consoleCharacters }),
      frameLimits.toChild,
    )
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Calls it holds and has not answered. */
  get held(): number {
    return this.#calls.size + this.#waiting.length
  }

  get isUsable(): boolean {
    return !this.#ended && !this.#retiring && this.#ending === undefined && !this.#socket.destroyed
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

  /** Takes back a call that ran out of time: its answer no longer matters. Whether it was this process that held it. */
  abandon(call: Call): boolean {
    const before = this.held
    for (const [number, held] of this.#calls) if (held === call) this.#calls.delete(number)
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
    this.#process.kill('SIGKILL')
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
      this.#socket.write(this.#writer.take())
      this.#keepWatch()
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
      this.#hasBarrier = isFirst || this.#calls.size > 0 || this.#clock() - this.#lastSign > quietMs
      if (this.#hasBarrier) {
        this.#writer.add(frameTypes.barrier, this.#lastNumber + this.#waiting.length, '', frameLimits.toChild)
      }
      for (const call of this.#waiting) this.#write(call)
      this.#waiting = []
      this.#untakenUpTo = this.#lastNumber
      this.#keepWatch()
    }
    if (!this.#writer.isEmpty) this.#socket.write(this.#writer.take())
  }

  #write(call: Call): void {
    const { fixed, varying, versions } = call.invocation
    const body = JSON.stringify({
      fixed: this.#fixedNumber(fixed),
      versions: versions.map(({ version_id }) => version_id),
      varying,
    })
    this.#lastNumber += 1
    try {
      this.#writer.add(frameTypes.invoke, this.#lastNumber, body, frameLimits.toChild)
    } catch (cause) {
      call.reject(new Error('an execution is larger than what a sandboxed process is sent', { cause }))
      return
    }
    this.#calls.set(this.#lastNumber, call)
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

  #receive(chunk: Buffer): void {
    this.#lastSign = this.#clock()
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

  /** While it owes an answer, it is asked for signs of life and its memory is measured. */
  #keepWatch(): void {
    if (this.#watch !== undefined) return
    this.#lastSign = this.#clock()
    this.#watch = setInterval(() => {
      const busy = this.#calls.size > 0 || this.#loading !== undefined
      if (!busy) {
        clearInterval(this.#watch)
        this.#watch = undefined
      } else if (residentMiB(this.pid) > this.#limits.memoryMiB) {
        this.kill({ kind: 'out-of-memory' })
      } else if (this.#clock() - this.#lastSign > this.#limits.stuckMs && this.#loading === undefined) {
        this.kill({ kind: 'timed-out' })
      } else if (this.#loading === undefined) {
        this.#writer.add(frameTypes.ping, 0, '', frameLimits.toChild)
        this.#schedule()
      }
    }, memoryWatchMs)
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    // V8 aborts the process when its heap is full; actions cannot abort it themselves.
    const own: FatalOutcome =
      signal === 'SIGABRT' ? { kind: 'out-of-memory' } : { kind: 'exited', exitCode: code ?? -1 }
    this.#end(`it ended with ${signal ?? `exit code ${code}`}`, this.#ending ?? own)
  }

  #end(reason: string, outcome: FatalOutcome): void {
    if (this.#ended) return
    this.#ended = true
    clearInterval(this.#watch)
    this.#socket.destroy()
    this.#loading?.reject(new Error(`a sandboxed process was gone before it had loaded its actions: ${reason}`))
    const untaken = [...this.#waiting]
    this.#waiting = []
    const now = this.#clock()
    for (const [number, call] of this.#calls) {
      if (number > this.#takenUpTo && this.#hasBarrier) untaken.push(call)
      else call.settle([{ ...outcome, startedAt: Math.min(call.receivedAt, now), endedAt: now, console: [] }])
    }
    this.#calls.clear()
    this.#events.onEnd(untaken, `${reason} (${outcome.kind})`)
  }
}

/** What the process may do. @see Node.js documentation, "Permissions" */
function permissions(folder: string, limits: ProcessLimits): readonly string[] {
  return [
    '--permission',
    `--allow-fs-read=${folder}/`,
    '--no-addons',
    // Fresh memory is that of an earlier message otherwise.
    '--zero-fill-buffers',
    // It opens files past the permission model.
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${limits.heapMiB}`,
  ]
}

/** Resident MiB of a process; 0 where the system does not tell (only Linux does): there the heap's limit alone holds. */
function residentMiB(pid: number | undefined): number {
  try {
    // In kB, whatever the size of a page: on arm64 it may be 16 or 64 KiB.
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    return Number(kilobytes ?? 0) / 1_024
  } catch {
    // Not on the way of a token: a process that is gone is told by its end.
    return 0
  }
}
