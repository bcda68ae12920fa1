import type { ExecutionRecord, LogEvent } from '../domain/index.ts'
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
  /** A number that every change of any record makes larger. */
  revision(): Promise<number>
  close(): Promise<void>
}

/** What one exchange leaves behind. */
export interface LogBatch {
  readonly events: readonly LogEvent[]
  readonly executions: readonly ExecutionRecord[]
}

/** A log entry as it was committed. */
export type CommittedLogEvent = LogEvent & { readonly log_id: string; readonly _id: string }

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
  execution(id: string): Promise<ExecutionRecord | undefined>
  close(): Promise<void>
}
