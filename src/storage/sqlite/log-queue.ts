import { Worker } from 'node:worker_threads'
import type { Clock } from '../../domain/index.ts'
import type { LogBatch, LogPlace } from '../index.ts'
import { executionPrefix } from './log-reader.ts'
import type { LogAnswer, LogGroup, LogWriterData } from './log-writer.ts'

/** Where the log stands when the queue takes over. */
export interface LogEnd {
  /** Of the next event. */
  readonly sequence: number
  /** Of the last commit; 0 in an empty log. */
  readonly committedAt: number
}

/** What a queue needs besides its writer. */
export interface LogQueueOptions {
  readonly end: LogEnd
  readonly clock: Clock
  /** Told once for every group that was not committed, and once when the writer ends unasked. */
  onDefect(error: Error): void
  /** Told after every group that was committed with entries. */
  onCommitted(): void
}

/** Batches not yet committed, above which another is refused. */
const backlog = 20_000
/** Characters of JSON above which a group takes no further batch: what finding one entry may cost to read, give or take a batch. */
const groupCharacters = 256 * 1024
/** Milliseconds a group may take to be written. A disk that hangs is a disk that failed: nobody waits for it without end. */
const writeDeadlineMs = 30_000

/** Batches that will be committed together, and the one promise their callers share. */
interface Group {
  readonly sequence: number
  events: string
  executions: string
  executionIds: string
  /** Entries by day and type. */
  readonly counts: Map<string, number>
  readonly places: Map<string, LogPlace | undefined>
  batches: number
  readonly committed: Promise<void>
  settle(fault: Error | undefined): void
}

/**
 * Group commit: what is appended in one turn of the event loop, or while the writer is busy, goes to it as one message and is answered once.
 *
 * 1. One message is under way at a time, so groups are committed in the order they were appended.
 * 2. A sequence is given once: those of a group that failed leave a gap.
 * 3. Once the writer has ended, whatever waits and whatever comes is refused.
 */
export class LogQueue {
  readonly #worker: Worker
  readonly #file: string
  readonly #options: LogQueueOptions
  readonly #waiting: Group[] = []
  #underWay: Group | undefined
  #isFlushPlanned = false
  #deadline: NodeJS.Timeout | undefined
  /** Batches in `#waiting` and `#underWay`. */
  #uncommitted = 0
  #nextSequence: number
  #committedAt: number
  /** Why nothing more is taken. */
  #refusal: Error | undefined
  #isWriterGone = false
  #onEmpty: (() => void) | undefined

  private constructor(worker: Worker, file: string, options: LogQueueOptions) {
    this.#worker = worker
    this.#file = file
    this.#options = options
    this.#nextSequence = options.end.sequence
    this.#committedAt = options.end.committedAt
    worker.on('message', (answer: LogAnswer) => this.#onAnswer(answer))
    worker.on('error', (cause) => this.#onWriterGone(cause))
    worker.on('exit', () => this.#onWriterGone(undefined))
  }

  /** Starts the writer over a database that is laid out. Resolves once it is ready, rejects when it cannot open its file. */
  static async start(data: LogWriterData, options: LogQueueOptions): Promise<LogQueue> {
    const worker = new Worker(new URL('./log-writer.ts', import.meta.url), { workerData: data })
    await new Promise<void>((resolve, reject) => {
      // These stay: `removeAllListeners` would take the worker's own with it, and no answer would arrive any more.
      worker.once('message', () => resolve())
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error(`the thread that writes ${data.file} ended before it was ready`)))
    })
    return new LogQueue(worker, data.file, options)
  }

  /** Takes a batch, or throws. The promise resolves once the batch is committed, and rejects when it is not or nobody can tell. */
  append(batch: LogBatch): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal
    if (this.#uncommitted >= backlog) {
      throw new Error(
        `${this.#file} falls behind: ${backlog} batches wait to be written; send less, or use a faster disk`,
      )
    }
    // Now and by itself: a batch that is no JSON fails alone, and what is logged is what it was when it was appended.
    const events = jsonLines(batch.events)
    const executions = jsonLines(batch.executions)
    const group = this.#openGroup()
    group.events += events
    group.executions += executions
    for (const { id } of batch.executions) group.executionIds += executionPrefix(id)
    for (const { date, type } of batch.events) {
      const key = `${date.slice(0, 10)} ${type}`
      group.counts.set(key, (group.counts.get(key) ?? 0) + 1)
    }
    group.batches += 1
    this.#uncommitted += 1
    // A group without an event takes a sequence all the same: it is the group's key.
    this.#nextSequence = Math.max(this.#nextSequence + batch.events.length, group.sequence + 1)
    this.#planFlush()
    return group.committed
  }

  /** Notes how far a reader has come, or forgets the reader. Settles as {@link append} does; of several in one group the last counts. */
  notePlace(reader: string, place: LogPlace | undefined): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal
    const group = this.#openGroup()
    group.places.set(reader, place)
    group.batches += 1
    this.#uncommitted += 1
    this.#planFlush()
    return group.committed
  }

  /** From now on nothing more is taken. */
  refuse(): void {
    this.#refusal ??= new Error(`${this.#file} is closed`)
  }

  /** Writes what waits, then ends the writer. What comes meanwhile is refused. */
  async close(): Promise<void> {
    this.refuse()
    if (this.#uncommitted > 0) {
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve
      })
    }
    if (this.#isWriterGone) return
    this.#isWriterGone = true
    await new Promise<void>((resolve) => {
      this.#worker.once('exit', () => resolve())
      this.#worker.postMessage('close')
    })
  }

  #openGroup(): Group {
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.events.length + last.executions.length < groupCharacters) return last
    const group = newGroup(this.#nextSequence)
    this.#waiting.push(group)
    return group
  }

  /** At the end of this turn of the event loop; while the writer is busy, its answer is the occasion. */
  #planFlush(): void {
    if (this.#underWay !== undefined || this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    setImmediate(() => {
      this.#isFlushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#underWay !== undefined || this.#isWriterGone) return
    this.#underWay = this.#waiting.shift()
    if (this.#underWay === undefined) return
    // A clock set back must not make log ids run backwards.
    this.#committedAt = Math.max(this.#committedAt, Math.floor(this.#options.clock()))
    const { sequence, events, executions, executionIds, counts, places } = this.#underWay
    const message: LogGroup = {
      sequence,
      committedAt: this.#committedAt,
      events,
      executions,
      executionIds,
      counts: Array.from(counts, ([key, count]) => `${key} ${count}`).join('\n'),
      ...(places.size > 0 && { places: Array.from(places, ([reader, place]) => [reader, placeText(place)] as const) }),
    }
    this.#deadline = setTimeout(() => this.#onWriterGone(new Error('it did not answer in time')), writeDeadlineMs)
    this.#worker.postMessage(message)
  }

  #onAnswer(answer: LogAnswer): void {
    clearTimeout(this.#deadline)
    const group = this.#underWay
    this.#underWay = undefined
    this.#flush()
    if (group === undefined) return
    const fault = answer === null ? undefined : new Error(`${this.#file} could not be written (${answer})`)
    this.#settle(group, fault)
    if (fault !== undefined) this.#options.onDefect(fault)
    else if (group.counts.size > 0) this.#options.onCommitted()
  }

  #onWriterGone(cause: unknown): void {
    if (this.#isWriterGone) return
    clearTimeout(this.#deadline)
    this.#isWriterGone = true
    const fault = new Error(`the thread that writes ${this.#file} has ended; restart the server`, { cause })
    this.#refusal = fault
    if (this.#underWay !== undefined) this.#settle(this.#underWay, fault)
    this.#underWay = undefined
    for (const group of this.#waiting.splice(0)) this.#settle(group, fault)
    this.#options.onDefect(fault)
  }

  #settle(group: Group, fault: Error | undefined): void {
    this.#uncommitted -= group.batches
    group.settle(fault)
    if (this.#uncommitted === 0) this.#onEmpty?.()
  }
}

function newGroup(sequence: number): Group {
  let settle: Group['settle'] = () => {}
  const committed = new Promise<void>((resolve, reject) => {
    settle = (fault) => (fault === undefined ? resolve() : reject(fault))
  })
  // Callers that do not wait leave it to `onDefect`.
  committed.catch(() => {})
  const texts = { events: '', executions: '', executionIds: '' }
  return { sequence, ...texts, counts: new Map(), places: new Map(), batches: 0, committed, settle }
}

function placeText(place: LogPlace | undefined): string | null {
  return place === undefined ? null : JSON.stringify(place)
}

function jsonLines(values: readonly object[]): string {
  let lines = ''
  for (const value of values) lines += `${JSON.stringify(value)}\n`
  return lines
}
