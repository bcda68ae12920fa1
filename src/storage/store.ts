import type { ExecutionRecord, LogCondition, LogEvent, LogEventType } from '../domain/index.ts'
import type { RecordKind, RecordKinds } from './records.ts'

/** A record as the store returns it: what was written, and the revision to update it from. Revisions start at 1. */
export type Stored<T> = T & { readonly revision: number }

/** A record with that key, or with one of its unique sets of fields, is there already. */
export class AlreadyExists extends Error {
  readonly kind: RecordKind
  /** The fields whose values are taken. */
  readonly fields: readonly string[]
  constructor(kind: RecordKind, fields: readonly string[]) {
    super(`a record of "${kind}" with this ${fields.join(' + ')} exists already`)
    this.name = 'AlreadyExists'
    this.kind = kind
    this.fields = fields
  }
}

/** The record is gone, or was changed after the caller read it. */
export class RevisionConflict extends Error {
  readonly kind: RecordKind
  readonly key: string
  constructor(kind: RecordKind, key: string) {
    super(`the record "${key}" of "${kind}" was changed or deleted meanwhile`)
    this.name = 'RevisionConflict'
    this.kind = kind
    this.key = key
  }
}

/** Which records to list: in order of creation, optionally those whose indexed field has a value, after a key, up to a count. Throws {@link RevisionConflict} when `after` names a record that is gone: nobody can tell where the list went on. */
export interface ListQuery {
  readonly where?: { readonly field: string; readonly value: string }
  readonly after?: string
  readonly limit?: number
}

/** Which records make a page: in order of creation, optionally those whose indexed field has a value, after a position, without the first `skip` of them. */
export interface RecordPageQuery {
  readonly where?: { readonly field: string; readonly value: string }
  /** The {@link PlacedRecord.position} of the last record of the page before. */
  readonly after?: number
  readonly skip?: number
  readonly limit: number
}

/** A record and its place in the order of creation: a whole number that stays its own, also when it is gone. */
export interface PlacedRecord<T> {
  readonly record: Stored<T>
  readonly position: number
}

/** A record that was created, replaced or deleted. */
export interface ChangedRecord {
  readonly kind: RecordKind
  readonly key: string
}

/** What was changed up to a revision: each record once, in no order. */
export interface ChangedRecords {
  readonly revision: number
  readonly records: readonly ChangedRecord[]
}

/** Changes that a store can tell of at the least, counted back from the last one. */
export const rememberedChanges = 10_000

/** The records of one kind. */
export interface Collection<T> {
  get(key: string): Promise<Stored<T> | undefined>
  list(query?: ListQuery): Promise<readonly Stored<T>[]>
  /** A page of records. One that is deleted moves no other: nobody who reads on after a position misses one or sees it twice. */
  page(query: RecordPageQuery): Promise<readonly PlacedRecord<T>[]>
  /** How many records there are, optionally of those whose indexed field has a value. */
  count(where?: RecordPageQuery['where']): Promise<number>
  /** Throws {@link AlreadyExists}. */
  create(value: T): Promise<Stored<T>>
  /** Replaces the fields named in `patch`, leaves the rest. Throws {@link RevisionConflict} unless the record is still at `revision`; {@link AlreadyExists} on a taken unique set. */
  update(key: string, revision: number, patch: Partial<T>): Promise<Stored<T>>
  /** Whether there was something to delete. */
  delete(key: string): Promise<boolean>
}

/** One step of a {@link Store.commit} on a record of one kind. `replace` puts a whole value in the place of a record. */
export type ChangeOf<K extends RecordKind> =
  | { readonly kind: K; readonly create: RecordKinds[K] }
  | { readonly kind: K; readonly key: string; readonly revision: number; readonly replace: RecordKinds[K] }
  | { readonly kind: K; readonly delete: string }

/** One step of a {@link Store.commit}. */
export type Change = { [K in RecordKind]: ChangeOf<K> }[RecordKind]

/**
 * Durable records. A write is on stable storage before its promise resolves; a write that rejects changed nothing.
 * Values go in and come out as JSON: no `undefined`, no dates, no prototypes.
 */
export type Store = { readonly [K in RecordKind]: Collection<RecordKinds[K]> } & {
  /** All of the changes, in order, or none: throws what the first failing one throws. */
  commit(changes: readonly Change[]): Promise<void>
  /** A number that every change of a record makes larger, unless its kind is `apart`. */
  revision(): Promise<number>
  /**
   * The records that were changed after a revision, but for those of kinds that are `apart`. `undefined` when it cannot be told: more than
   * {@link rememberedChanges} ago, or a revision that this store never had. Everything has to be read again then.
   */
  changesSince(revision: number): Promise<ChangedRecords | undefined>
  close(): Promise<void>
}

/** What one exchange leaves behind. */
export interface LogBatch {
  readonly events: readonly LogEvent[]
  readonly executions: readonly ExecutionRecord[]
}

/** A log entry as it was committed. */
export type CommittedLogEvent = LogEvent & { readonly log_id: string; readonly _id: string }

/** Which entries a search looks for, in which order, and how many. */
export interface LogSearch {
  readonly order: 'newest' | 'oldest'
  /** Those after this log id alone. A text that is no log id is a defect of the caller. */
  readonly after?: string
  readonly condition?: LogCondition
  /** How many of those that are meant are passed over first. */
  readonly skip?: number
  readonly limit: number
}

/** What a search found. */
export interface LogFindings {
  readonly entries: readonly CommittedLogEvent[]
  /** The entry up to which, in the order of the search, all were looked at; absent when there was none to look at. */
  readonly through?: string
  /** Whether the search ended before it had enough or came to the end, because it had read as much as one may. */
  readonly isCut: boolean
}

/** How far a reader of the log has come. */
export interface LogPlace {
  /** The last entry it is done with; absent at the beginning of the log. */
  readonly log_id?: string
  /** RFC 3339. Since when it has been in trouble; absent when it is well. */
  readonly failing_since?: string
}

/**
 * The tenant's log and execution records: appended, never changed. Kept apart from the configuration so that neither waits for the other.
 */
export interface LogStore {
  /**
   * Commits a batch, all or nothing, and resolves once it survives what the store's durability promises (a killed process, at the least).
   * Batches of one moment are committed together. Rejects when it cannot be told whether the batch was committed: the caller issues nothing then.
   */
  append(batch: LogBatch): Promise<void>
  /** Entries in order of commit: those after `after` (a log id), or the newest first when `newest` is set. */
  list(query: {
    readonly after?: string
    readonly newest?: boolean
    readonly limit: number
  }): Promise<readonly CommittedLogEvent[]>
  /**
   * Entries that meet a condition, looked for where no exchange waits for it: what is under way takes turns, and ends after a certain amount.
   */
  search(search: LogSearch): Promise<LogFindings>
  entry(log_id: string): Promise<CommittedLogEvent | undefined>
  /** The log id after which the entries stand that were committed at a time (milliseconds since the epoch) or later; absent when all do. */
  lastBefore(timeMs: number): Promise<string | undefined>
  /** How many entries of a type carry a date of each day (UTC, `YYYY-MM-DD`) from one to another, both included; days without any are left out. */
  countByDay(
    type: LogEventType,
    from: string,
    to: string,
  ): Promise<readonly { readonly day: string; readonly count: number }[]>
  /** Calls `listener` after every commit of entries, until the function it answers is called. */
  watch(listener: () => void): () => void
  place(reader: string): Promise<LogPlace | undefined>
  /** Notes how far a reader has come, or without a place forgets the reader. Committed as a batch is. */
  notePlace(reader: string, place: LogPlace | undefined): Promise<void>
  execution(id: string): Promise<ExecutionRecord | undefined>
  close(): Promise<void>
}
