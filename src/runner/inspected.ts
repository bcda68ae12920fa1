import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../domain/index.ts'

/** One debugger's way to the process: whether the debugger has it stand still. */
interface Visit {
  readonly debuggers: Socket
  readonly inspector: Socket
  isPaused: boolean
}

const loopback = '127.0.0.1'

/** A process that debuggers may reach. */
export interface InspectedProcess {
  /** Of its inspector. */
  readonly port: number
  /** Milliseconds, in all, for which a debugger had it, or one before it, stand still. */
  readonly stoodStillMs: number
  /** It is at work: from now on debuggers reach this one. */
  lead(): void
  /** It is gone. */
  leave(): void
}

/**
 * The door for debuggers: one port of the loopback that stays, behind it the inspector of whichever process runs the actions. Listens along for
 * when a debugger has the process stand still, so that what waits for it can wait longer.
 *
 * A process tells every debugger that is attached and nobody else; without one it does not stand still at a `debugger` statement either. So this
 * attaches nothing of its own: it reads what passes by.
 */
export class Inspector {
  readonly #clock: Clock
  readonly #server: Server
  readonly #visits = new Set<Visit>()
  #target: number | undefined
  #stoodStillMs = 0
  #pausedSince: number | undefined

  private constructor(server: Server, clock: Clock) {
    this.#server = server
    this.#clock = clock
    server.on('connection', (socket) => this.#admit(socket))
    // It keeps nothing alive by itself.
    server.unref()
  }

  /** Opens the door. Rejects, as `listen` does, when the port cannot be had. Port 0 is any that is free. */
  static async open(port: number, clock: Clock): Promise<Inspector> {
    return new Inspector(await listen(port), clock)
  }

  get port(): number {
    return portOf(this.#server)
  }

  /** Milliseconds, in all, for which a debugger had a process stand still. */
  get stoodStillMs(): number {
    return this.#stoodStillMs + (this.#pausedSince === undefined ? 0 : this.#clock() - this.#pausedSince)
  }

  /** Whether a debugger has the process stand still. */
  get isPaused(): boolean {
    return this.#pausedSince !== undefined
  }

  /** Makes way for a process that is to be started. Those who debug the one before lose it once the new one leads; it then runs on. */
  async admit(): Promise<InspectedProcess> {
    const free = await listen(0)
    const port = portOf(free)
    await new Promise<void>((resolve) => free.close(() => resolve()))
    const stoodStillMs = () => this.stoodStillMs
    return {
      port,
      get stoodStillMs() {
        return stoodStillMs()
      },
      lead: () => {
        if (this.#target === port) return
        this.#target = port
        this.release()
      },
      leave: () => {
        if (this.#target === port) this.#target = undefined
      },
    }
  }

  /** Takes the process from every debugger: it runs on. */
  release(): void {
    for (const { debuggers } of this.#visits) debuggers.destroy()
  }

  close(): void {
    this.release()
    this.#server.close()
  }

  #admit(debuggers: Socket): void {
    if (this.#target === undefined) {
      debuggers.destroy()
      return
    }
    const inspector = connect(this.#target, loopback)
    const visit: Visit = { debuggers, inspector, isPaused: false }
    this.#visits.add(visit)
    const events = new EventReader((isPaused) => {
      visit.isPaused = isPaused
      this.#count()
    })
    inspector.on('data', (chunk: Buffer) => events.read(chunk))
    debuggers.pipe(inspector).pipe(debuggers)
    const end = () => {
      debuggers.destroy()
      inspector.destroy()
      // The process runs on once whoever had it stand still is gone.
      this.#visits.delete(visit)
      this.#count()
    }
    for (const socket of [debuggers, inspector]) socket.on('error', end).on('close', end)
  }

  #count(): void {
    const isPaused = Array.from(this.#visits).some((visit) => visit.isPaused)
    if (isPaused === this.isPaused) return
    this.#stoodStillMs = this.stoodStillMs
    this.#pausedSince = isPaused ? this.#clock() : undefined
  }
}

/**
 * Calls `onOver` once `ms` have passed in which the process could run: time for which a debugger has it stand still does not count. The answer
 * calls it off.
 */
export function startDeadline(ms: number, onOver: () => void, inspector: Inspector | undefined): () => void {
  const before = inspector?.stoodStillMs ?? 0
  let granted = 0
  const end = () => {
    const owed = (inspector?.stoodStillMs ?? 0) - before - granted
    if (owed <= 0) {
      onOver()
      return
    }
    granted += owed
    timer = setTimeout(end, owed)
  }
  let timer = setTimeout(end, ms)
  return () => clearTimeout(timer)
}

const upgraded = 'HTTP/1.1 101'
const endOfHead = '\r\n\r\n'
const textOpcode = 1
/** How the inspector's messages about a pause begin, to the letter: what a message quotes has its quotation marks escaped. */
const pauses = { '{"method":"Debugger.paused"': true, '{"method":"Debugger.resumed"': false } as const
const longestName = Math.max(...Object.keys(pauses).map((name) => name.length))

/** Reads what an inspector sends a debugger, and tells of every pause and its end. RFC 6455 §5.2; a server's frames are not masked. */
class EventReader {
  readonly #onPause: (isPaused: boolean) => void
  #state: 'head' | 'frames' | 'other' = 'head'
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes of the frame at hand that are of no interest. */
  #skipped = 0

  constructor(onPause: (isPaused: boolean) => void) {
    this.#onPause = onPause
  }

  read(chunk: Buffer): void {
    if (this.#state === 'other') return
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (this.#state === 'head') this.#readHead()
    if (this.#state === 'frames') while (this.#readFrame());
  }

  #readHead(): void {
    const end = this.#rest.indexOf(endOfHead)
    if (end === -1) return
    this.#state = this.#rest.toString('latin1', 0, upgraded.length) === upgraded ? 'frames' : 'other'
    this.#rest = this.#rest.subarray(end + endOfHead.length)
  }

  /** Whether there may be another one in what was received. */
  #readFrame(): boolean {
    const skipped = Math.min(this.#skipped, this.#rest.length)
    this.#rest = this.#rest.subarray(skipped)
    this.#skipped -= skipped
    if (this.#skipped > 0 || this.#rest.length < 2) return false
    const short = this.#rest.readUInt8(1) & 0x7f
    const header = short === 126 ? 4 : short === 127 ? 10 : 2
    if (this.#rest.length < header) return false
    const length =
      short === 126 ? this.#rest.readUInt16BE(2) : short === 127 ? Number(this.#rest.readBigUInt64BE(2)) : short
    const looked = Math.min(length, longestName)
    if (this.#rest.length < header + looked) return false
    if ((this.#rest.readUInt8(0) & 0x0f) === textOpcode) {
      const begins = this.#rest.toString('latin1', header, header + looked)
      for (const [name, isPaused] of Object.entries(pauses)) if (begins.startsWith(name)) this.#onPause(isPaused)
    }
    this.#skipped = header + length
    return true
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, loopback, () => {
      server.off('error', reject)
      resolve(server)
    })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server that listens on no port')
  return address.port
}
