import {
  type FileLogSink,
  type HttpLogSink,
  isDelivered,
  type LogStream,
  logStreamReader,
  logStreamSinkContext,
  personalDataMask,
} from '../domain/index.ts'
import type { Stored } from '../storage/index.ts'
import { Delivery, type LogStreamPorts } from './delivery.ts'
import { openFileSink } from './file-sink.ts'
import { openHttpSink } from './http-sink.ts'
import type { LogSink } from './sink.ts'

/** The tenant's log streams, as they run. */
export interface LogStreams {
  /** Runs those that the store says are active, as it describes them, and no other. What is under way ends by itself, unwaited for. */
  refresh(): Promise<void>
  /** Ends all of them; how far each came is noted. */
  close(): Promise<void>
}

interface Running {
  readonly delivery: Delivery
  readonly revision: number
}

/** Where log streams may go beside HTTPS. A setting that was taken away makes those fail that were made with it. */
export interface LogStreamReach {
  readonly allowsHttp: boolean
  /** What files are written below. */
  readonly folder?: string
}

/** Runs log streams, none until they are refreshed. */
export function openLogStreams(ports: LogStreamPorts, reach: LogStreamReach): LogStreams {
  const running = new Map<string, Running>()
  /** What ended last of each stream, so that the next begins after it. */
  const ending = new Map<string, Promise<void>>()
  let isClosed = false
  const stop = (id: string) => {
    const each = running.get(id)
    running.delete(id)
    const ended = each?.delivery.stop() ?? Promise.resolve()
    ending.set(id, ended)
    return ended
  }
  const start = (stream: Stored<LogStream>) => {
    const { id, revision } = stream
    try {
      const sink = sinkOf(stream, ports, reach)
      running.set(id, { delivery: new Delivery(stream, sink, ports, ending.get(id) ?? Promise.resolve()), revision })
    } catch (error) {
      // One that cannot be opened keeps neither the others nor the configuration waiting.
      ports.report({ log_stream: id, err: error }, 'a log stream cannot be opened: it is not delivered')
    }
  }
  return {
    refresh: async () => {
      const streams = await ports.store.logStreams.list()
      if (isClosed) return
      const wanted = new Map(streams.filter(isWanted).map((stream) => [stream.id, stream]))
      const stored = new Set(streams.map(({ id }) => id))
      for (const [id, { revision }] of running) {
        if (wanted.get(id)?.revision === revision) continue
        const ended = stop(id)
        // A stream that is gone leaves no place behind, which it may just have noted.
        if (!stored.has(id))
          void ended.then(() => ports.logs.notePlace(logStreamReader(id), undefined)).catch(() => undefined)
      }
      for (const [id, stream] of wanted) if (!running.has(id)) start(stream)
    },
    close: async () => {
      isClosed = true
      for (const id of [...running.keys()]) stop(id)
      await Promise.all(ending.values())
    },
  }
}

function isWanted({ status, type }: LogStream): boolean {
  return status === 'active' && isDelivered(type)
}

function sinkOf(stream: LogStream, { sealer }: LogStreamPorts, { allowsHttp, folder }: LogStreamReach): LogSink {
  const mask = personalDataMask(stream)
  const text = sealer.open(stream.sealed_sink, logStreamSinkContext(stream.id))
  if (stream.type === 'http') {
    const sink: HttpLogSink = JSON.parse(text)
    const { protocol, origin } = new URL(sink.httpEndpoint)
    return protocol === 'https:' || allowsHttp ? openHttpSink(sink, mask) : outOfReach(origin, 'LOG_STREAMS_OVER_HTTP')
  }
  const { path }: FileLogSink = JSON.parse(text)
  return folder === undefined ? outOfReach(path, 'LOG_STREAM_DIR') : openFileSink(folder, path, mask)
}

function outOfReach(name: string, setting: string): LogSink {
  return {
    name,
    deliver: async () => {
      throw new Error(`the setting ${setting} is gone; set it, or pause the stream`)
    },
    settle: async () => undefined,
    close: async () => undefined,
  }
}
