import { Buffer } from 'node:buffer'
import type { EgressRule } from '../domain/index.ts'

/**
 * The messages between server and child, and nothing else.
 *
 * A frame is 13 bytes of header (body length, type, number, tag) and a JSON body in UTF-8. The tag is a number the server
 * draws for each process and sends in the first frame; a frame from the child without it is forged. Neither side trusts the
 * other's lengths; the server trusts nothing of the child's at all.
 */
export const frameTypes = {
  /** Server: the tag of this process and its limits. Always first. */
  start: 1,
  /** Server: one version with code and secrets; answered by `loaded` under the same number. Before any invocation, so before any action has run. */
  load: 2,
  /** Server: the fixed part of an event, to be referred to by the frame's number. */
  fixed: 3,
  /** Server: changes of the trigger's cache. */
  cache: 4,
  /** Server: one execution; answered by `result` under the same number. */
  invoke: 5,
  /** Server: are you there? Answered by `pong` under the same number. */
  ping: 6,
  /** Server: of every invocation up to this number, say that it was taken before it runs: the process may be in something that never lets it. */
  barrier: 7,
  /** Child: every invocation up to and including this number was read. Goes out with the batch's first results, or at once behind a `barrier`. */
  taken: 65,
  loaded: 66,
  result: 67,
  pong: 68,
  /** Child: `{action_name, what}`, something that had no effect and came too late to be in a result. For the log alone. */
  late: 69,
  /** Child: its last frame. What it has not taken by now it never will. */
  leaving: 70,
  /**
   * Child, where code is counted: `[file, start, end, count, …]`, what ran of one file since it was last told, before the result under the same
   * number. Offsets are of the author's own text, and may go past its end. Without numbers when they would not fit.
   */
  coverage: 71,
  /**
   * Child, where asked: the outcome of one action, as in a result and under the number of the execution. The next action begins once this is on its way: it
   * may never give way, or take the process with it.
   */
  turn: 72,
} as const

export type FrameType = (typeof frameTypes)[keyof typeof frameTypes]

/** Bytes of a frame's body, at most: to the child, and back. */
export const frameLimits = { toChild: 1024 * 1024, toServer: 256 * 1024 } as const

const headerBytes = 13

// Taken before any action runs: frames hold other executions' events and results, and actions may replace what they find on Buffer.
const { allocUnsafeSlow, byteLength, concat, from } = Buffer
const methods: Buffer & {
  readonly utf8Slice?: (this: Buffer, start: number, end: number) => string
  readonly utf8Write?: (this: Buffer, text: string, offset: number, length: number) => number
} = Buffer.prototype
const { utf8Slice, utf8Write } = methods
if (utf8Slice === undefined || utf8Write === undefined) throw new Error('this Node has no Buffer.prototype.utf8Slice')
const readInteger32 = unbound(methods.readUInt32LE)
const readInteger8 = unbound(methods.readUInt8)
const writeInteger32 = unbound(methods.writeUInt32LE)
const writeInteger8 = unbound(methods.writeUInt8)
const slice = unbound(methods.subarray)
const readText = unbound(utf8Slice)
const writeText = unbound(utf8Write)

/** A method as a function of its object, as it is now. */
function unbound<T, A extends unknown[], R>(method: (this: T, ...rest: A) => R): (self: T, ...rest: A) => R {
  return Function.prototype.call.bind(method)
}

/** A frame as it arrived. */
export interface Frame {
  readonly type: number
  readonly number: number
  readonly tag: number
  readonly body: string
}

/** Writes frames into one buffer, to be sent as one. */
export class FrameWriter {
  readonly #tag: number
  #pending: { readonly type: FrameType; readonly number: number; readonly body: string; readonly bytes: number }[] = []
  #bytes = 0

  constructor(tag: number) {
    this.#tag = tag
  }

  get isEmpty(): boolean {
    return this.#bytes === 0
  }

  /** Adds a frame; throws when its body exceeds `limit` bytes. */
  add(type: FrameType, number: number, body: string, limit: number): void {
    const bytes = byteLength(body)
    if (bytes > limit) throw new RangeError(`a frame of ${bytes} bytes exceeds ${limit}`)
    this.#pending[this.#pending.length] = { type, number, body, bytes }
    this.#bytes += headerBytes + bytes
  }

  /** Everything added since the last call. */
  take(): Buffer {
    // Not out of the pool that small Buffers share: an action can see all of that.
    const buffer = allocUnsafeSlow(this.#bytes)
    let offset = 0
    for (let index = 0; index < this.#pending.length; index++) {
      const frame = this.#pending[index]
      if (frame === undefined) break
      const { type, number, body, bytes } = frame
      writeInteger32(buffer, bytes, offset)
      writeInteger8(buffer, type, offset + 4)
      writeInteger32(buffer, number, offset + 5)
      writeInteger32(buffer, this.#tag, offset + 9)
      writeText(buffer, body, offset + headerBytes, bytes)
      offset += headerBytes + bytes
    }
    this.#pending = []
    this.#bytes = 0
    return buffer
  }
}

/** Reads frames out of chunks as they come. */
export class FrameReader {
  readonly #limit: number
  #rest: Buffer | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The frames that are whole with this chunk; throws on a body longer than the limit. */
  read(chunk: Buffer): readonly Frame[] {
    const data = this.#rest === undefined ? chunk : concat([this.#rest, chunk])
    const frames: Frame[] = []
    let offset = 0
    while (data.length - offset >= headerBytes) {
      const bytes = readInteger32(data, offset)
      if (bytes > this.#limit) throw new RangeError(`a frame announces ${bytes} bytes; ${this.#limit} are allowed`)
      const end = offset + headerBytes + bytes
      if (data.length < end) break
      frames[frames.length] = {
        type: readInteger8(data, offset + 4),
        number: readInteger32(data, offset + 5),
        tag: readInteger32(data, offset + 9),
        body: readText(data, offset + headerBytes, end),
      }
      offset = end
    }
    // A copy: the chunk may be a buffer that its socket fills again.
    this.#rest = offset === data.length ? undefined : from(slice(data, offset))
    return frames
  }
}

/** Body of `start`. */
export interface StartMessage {
  readonly tag: number
  /** Characters of console output each action may send back: 256, or all of what is held where an author watches. */
  readonly consoleCharacters: number
  /** Where actions may connect to. */
  readonly egress: EgressRule
  /** The one port of this machine's loopback where every connection ends instead. */
  readonly outbound?: { readonly port: number }
  /** What `Date` tells inside, in milliseconds since the epoch; the real time when absent. */
  readonly clockMs?: number
}

/** What the child's program is started with where the code it runs is to be counted. */
export const observedArgument = '--observed'

/** What it is started with where debuggers may reach it. */
export const inspectedArgument = '--inspected'

/** Code on its way into the sandbox: an action's, or a module's. */
export interface LoadCode {
  readonly code: string
  /** JSON text of the secrets: parsed anew for each event, so never an object that another action could reach. */
  readonly secrets: string
  /** Folder and file name the code appears under in stack traces. */
  readonly folder: string
  /** Folder of the bundle that holds its npm packages, within what the process may read; absent when it declares none. */
  readonly packages?: string
  /** The author's own file, absolute, whose name the code appears under in the place of the folder's: for debuggers. */
  readonly file?: string
}

/** Body of `load`. */
export interface LoadVersion extends LoadCode {
  readonly version_id: string
  readonly action_name: string
  /** The modules it pins, by the name that `require('actions:NAME')` says. */
  readonly modules?: readonly LoadModule[]
}

/** A pinned module: loaded at its first `require`, once for each action that pins it. */
export interface LoadModule extends LoadCode {
  readonly name: string
}

/** Body of `loaded`: `error` when the code does not parse. */
export interface LoadedVersion {
  readonly version_id: string
  readonly error?: string
}
