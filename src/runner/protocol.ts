import { Buffer } from 'node:buffer'

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
  /** Server: versions with code and secrets; answered by `loaded`. Before any invocation, so before any action has run. */
  load: 2,
  /** Server: the fixed part of an event, to be referred to by the frame's number. */
  fixed: 3,
  /** Server: changes of the trigger's cache. */
  cache: 4,
  /** Server: one execution; answered by `result` under the same number. */
  invoke: 5,
  /** Server: are you there? Answered by `pong` under the same number. */
  ping: 6,
  /** Child: every frame up to and including this number's batch was read; its executions begin now. */
  taken: 65,
  loaded: 66,
  result: 67,
  pong: 68,
  /** Child: `{action_name, what}`, something that had no effect and came too late to be in a result. For the log alone. */
  late: 69,
} as const

export type FrameType = (typeof frameTypes)[keyof typeof frameTypes]

/** Bytes of a frame's body, at most: to the child, and back. */
export const frameLimits = { toChild: 1024 * 1024, toServer: 256 * 1024 } as const

const headerBytes = 13

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
    const bytes = Buffer.byteLength(body)
    if (bytes > limit) throw new RangeError(`a frame of ${bytes} bytes exceeds ${limit}`)
    this.#pending[this.#pending.length] = { type, number, body, bytes }
    this.#bytes += headerBytes + bytes
  }

  /** Everything added since the last call. */
  take(): Buffer {
    const buffer = Buffer.allocUnsafe(this.#bytes)
    let offset = 0
    for (const { type, number, body, bytes } of this.#pending) {
      buffer.writeUInt32LE(bytes, offset)
      buffer.writeUInt8(type, offset + 4)
      buffer.writeUInt32LE(number, offset + 5)
      buffer.writeUInt32LE(this.#tag, offset + 9)
      buffer.write(body, offset + headerBytes, bytes, 'utf8')
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
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    let offset = 0
    while (data.length - offset >= headerBytes) {
      const bytes = data.readUInt32LE(offset)
      if (bytes > this.#limit) throw new RangeError(`a frame announces ${bytes} bytes; ${this.#limit} are allowed`)
      const end = offset + headerBytes + bytes
      if (data.length < end) break
      frames[frames.length] = {
        type: data.readUInt8(offset + 4),
        number: data.readUInt32LE(offset + 5),
        tag: data.readUInt32LE(offset + 9),
        body: data.toString('utf8', offset + headerBytes, end),
      }
      offset = end
    }
    // A copy: the chunk may be a buffer that its socket fills again.
    this.#rest = offset === data.length ? undefined : Buffer.from(data.subarray(offset))
    return frames
  }
}

/** Body of `start`. */
export interface StartMessage {
  readonly tag: number
  /** Characters of console output each action may send back: 256, or all of what is held where an author watches. */
  readonly consoleCharacters: number
}

/** One version in the body of `load`. */
export interface LoadVersion {
  readonly version_id: string
  readonly action_name: string
  readonly code: string
  /** JSON text of the secrets: parsed anew for each event, so never an object that another action could reach. */
  readonly secrets: string
  /** Folder and file name the code appears under in stack traces. */
  readonly folder: string
}

/** One version in the body of `loaded`: `error` when its code does not parse. */
export interface LoadedVersion {
  readonly version_id: string
  readonly error?: string
}
