import { Worker } from 'node:worker_threads'
import type { LogFindings, LogSearch } from '../index.ts'
import { parseEntry } from './log-reader.ts'
import type { LogSearcherData, SearchAnswer, SearchRequest } from './log-searcher.ts'

interface Waiting {
  resolve(found: LogFindings): void
  reject(fault: Error): void
}

/** Has entries looked for by a thread of its own: started with the first search, and again with the next one should it ever end. */
export class LogSearches {
  readonly #data: LogSearcherData
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #lastId = 0
  #isClosed = false

  constructor(data: LogSearcherData) {
    this.#data = data
  }

  search(search: LogSearch): Promise<LogFindings> {
    if (this.#isClosed) return Promise.reject(new Error(`${this.#data.file} is closed`))
    this.#worker ??= this.#start()
    this.#lastId += 1
    const request: SearchRequest = { id: this.#lastId, search }
    const { promise, resolve, reject } = Promise.withResolvers<LogFindings>()
    this.#waiting.set(request.id, { resolve, reject })
    this.#worker.postMessage(request)
    return promise
  }

  /** Ends the thread; what is still looked for is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./log-searcher.ts', import.meta.url), { workerData: this.#data })
    worker.on('message', (answer: SearchAnswer) => this.#onAnswer(answer))
    worker.on('error', (cause) => this.#onGone(cause))
    worker.on('exit', () => this.#onGone(undefined))
    return worker
  }

  #onAnswer({ id, found, fault }: SearchAnswer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (found === undefined) {
      waiting?.reject(new Error(`${this.#data.file} could not be searched (${fault})`))
      return
    }
    const { lines, ...rest } = found
    waiting?.resolve({ ...rest, entries: lines.map(({ line, log_id }) => parseEntry(line, log_id)) })
  }

  #onGone(cause: unknown): void {
    this.#worker = undefined
    const fault = new Error(`the thread that searches ${this.#data.file} has ended`, { cause })
    for (const { reject } of this.#waiting.values()) reject(fault)
    this.#waiting.clear()
  }
}
