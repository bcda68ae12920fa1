import { type Clock, filterCondition, type LogStream, logStreamReader } from '../domain/index.ts'
import type { Sealer } from '../keys/index.ts'
import { type CommittedLogEvent, type LogPlace, type LogStore, RevisionConflict, type Store } from '../storage/index.ts'
import type { LogSink } from './sink.ts'

/** What log streams need of other rooms. */
export interface LogStreamPorts {
  readonly store: Pick<Store, 'logStreams'>
  readonly logs: LogStore
  readonly sealer: Sealer
  readonly clock: Clock
  /** Tells the operator of a stream that is in trouble, or out of it. */
  readonly report: (fact: object, sentence: string) => void
}

/** Entries that go together, at most. */
const batchEntries = 100
/** Milliseconds from one batch to the next, unless more than one was waiting: what is logged within them goes together. */
const gatherMs = 200
/** Milliseconds until a batch that was not delivered is tried again, doubled each time, up to the longest. */
const firstRetryMs = 500
const longestRetryMs = 60_000
/** Milliseconds between two notes of how far a stream has come. */
const noteMs = 1_000
/** How long a receiver may fail before its stream is suspended. Auth0 Docs, "Log Streams": 7 consecutive days. */
const patienceMs = 7 * 24 * 60 * 60 * 1_000
/** Milliseconds that a batch under way may take to end once the stream is stopped. */
const graceMs = 1_000

/**
 * One active stream, from where it stopped: reads the log, delivers, and notes how far it came. Nothing is passed over: a batch that is not
 * delivered comes again until it is, or until the stream is suspended.
 */
export class Delivery {
  readonly #stream: LogStream
  readonly #sink: LogSink
  readonly #ports: LogStreamPorts
  readonly #reader: string
  readonly #abort = new AbortController()
  readonly #unwatch: () => void
  readonly #ended: Promise<void>
  #place: LogPlace = {}
  #isNoted = true
  #notedAt = 0
  #hasNews = true
  #isStopping = false
  #wake: () => void = () => undefined

  /** Begins once `begin` has resolved: two deliveries of one stream never run at once. */
  constructor(stream: LogStream, sink: LogSink, ports: LogStreamPorts, begin: Promise<void>) {
    this.#stream = stream
    this.#sink = sink
    this.#ports = ports
    this.#reader = logStreamReader(stream.id)
    this.#unwatch = ports.logs.watch(() => {
      this.#hasNews = true
      this.#wake()
    })
    this.#ended = begin
      .then(() => this.#run())
      .catch((error: unknown) =>
        this.#report(error, 'a log stream has ended by a defect: it goes on with the next start'),
      )
  }

  /** Resolves once it has ended: at once, or when the batch under way has, or a moment later without it. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#wake()
    const timer = setTimeout(() => this.#abort.abort(), graceMs)
    await this.#ended
    clearTimeout(timer)
  }

  async #run(): Promise<void> {
    try {
      this.#place = (await this.#ports.logs.place(this.#reader)) ?? {}
      let failures = 0
      while (!this.#isStopping) {
        const isDone = await this.#attempt()
        failures = isDone ? 0 : failures + 1
        if (isDone || this.#isStopping) continue
        if (this.#isHopeless()) return await this.#suspend()
        await this.#pause(Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs), () => this.#isStopping)
      }
    } finally {
      this.#unwatch()
      if (!this.#isNoted) await this.#note()
      await this.#sink.close()
    }
  }

  /** Reads and delivers one batch, and waits where there is none. Whether all went well. */
  async #attempt(): Promise<boolean> {
    const { logs } = this.#ports
    this.#hasNews = false
    const condition = filterCondition(this.#stream)
    const beganAt = performance.now()
    try {
      const { entries, through, isCut } = await logs.search({
        order: 'oldest',
        limit: batchEntries,
        ...(this.#place.log_id !== undefined && { after: this.#place.log_id }),
        ...(condition !== undefined && { condition }),
      })
      if (entries.length > 0) await this.#deliver(entries)
      if (through !== undefined) this.#move({ log_id: through })
      if (this.#place.failing_since !== undefined) this.#recover()
      if (entries.length < batchEntries && !isCut) {
        await this.#rest()
        await this.#pause(beganAt + gatherMs - performance.now(), () => this.#isStopping)
      } else if (this.#isNoteDue()) await this.#note()
      return true
    } catch (error) {
      if (this.#isStopping) return false
      this.#fail(error)
      // The seven days must not begin anew with a kill. What cannot be noted now is noted with the next batch.
      if (this.#isNoteDue()) await this.#note().catch(() => undefined)
      return false
    }
  }

  async #deliver(entries: readonly CommittedLogEvent[]): Promise<void> {
    await this.#sink.deliver(entries, this.#abort.signal, ({ log_id }) => this.#move({ log_id }))
  }

  /** Until there is news, or an end; meanwhile how far it came is noted. */
  async #rest(): Promise<void> {
    const isOver = () => this.#hasNews || this.#isStopping
    while (!isOver()) {
      if (this.#isNoteDue()) await this.#note()
      else await this.#pause(this.#isNoted ? undefined : this.#notedAt + noteMs - performance.now(), isOver)
    }
  }

  #move(to: LogPlace): void {
    if (to.log_id === this.#place.log_id) return
    this.#place = { ...this.#place, ...to }
    this.#isNoted = false
  }

  #isNoteDue(): boolean {
    return !this.#isNoted && performance.now() >= this.#notedAt + noteMs
  }

  async #note(): Promise<void> {
    const place = this.#place
    await this.#sink.settle()
    await this.#ports.logs.notePlace(this.#reader, place)
    this.#notedAt = performance.now()
    if (place === this.#place) this.#isNoted = true
  }

  #fail(error: unknown): void {
    if (this.#place.failing_since !== undefined) return
    this.#place = { ...this.#place, failing_since: new Date(this.#ports.clock()).toISOString() }
    this.#isNoted = false
    this.#report(error, 'a log stream could not be delivered: it is tried again until it is')
  }

  #recover(): void {
    const { failing_since: _over, ...place } = this.#place
    this.#place = place
    this.#isNoted = false
    this.#report(undefined, 'a log stream is delivered again')
  }

  #isHopeless(): boolean {
    const { failing_since } = this.#place
    return failing_since !== undefined && this.#ports.clock() - Date.parse(failing_since) >= patienceMs
  }

  async #suspend(): Promise<void> {
    const { failing_since: _over, ...place } = this.#place
    this.#place = place
    this.#isNoted = false
    const { logStreams } = this.#ports.store
    for (;;) {
      const stored = await logStreams.get(this.#stream.id)
      if (stored?.status !== 'active') return
      try {
        await logStreams.update(stored.id, stored.revision, { status: 'suspended' })
        this.#report(undefined, 'a log stream failed for seven days: it is suspended; mend it, then set it active')
        return
      } catch (error) {
        // Somebody changed it meanwhile, perhaps to mend it.
        if (!(error instanceof RevisionConflict)) throw error
      }
    }
  }

  /** Waits so many milliseconds, or without a number until it is woken; ends early when `isOver` says so. */
  async #pause(ms: number | undefined, isOver: () => boolean): Promise<void> {
    if (ms !== undefined && ms <= 0) return
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.#wake = () => {
        if (!isOver()) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake()
    })
  }

  #report(error: unknown, sentence: string): void {
    const { id, name } = this.#stream
    const stream = { log_stream: id, ...(name !== undefined && { name }), sink: this.#sink.name }
    this.#ports.report({ ...stream, ...(error !== undefined && { err: error }) }, sentence)
  }
}
