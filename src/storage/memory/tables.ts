import {
  AlreadyExists,
  type ChangedRecord,
  type ChangedRecords,
  demandSameKey,
  type FiledRecord,
  fileRecord,
  type ListQuery,
  type PlacedRow,
  type RecordKind,
  type RecordPageQuery,
  type RecordRow,
  type RecordTables,
  RevisionConflict,
  recordKinds,
  rememberedChanges,
  type UniqueValue,
} from '../index.ts'

interface MemoryRow extends PlacedRow {
  readonly filed: FiledRecord
}

/** The records of one kind by key, and which values of its unique sets are taken. */
interface Table {
  /** In order of creation. */
  readonly rows: Map<string, MemoryRow>
  readonly taken: Set<string>
}

/** Record tables that end with the process. */
export class MemoryTables implements RecordTables {
  readonly #tables = new Map<RecordKind, Table>()
  #revision = 0
  /** The record that each of the latest revisions changed, the last one's last. */
  #changes: ChangedRecord[] = []
  #lastPosition = 0
  /** How to take back what the write under way has done, last step last. */
  #undo: (() => void)[] = []

  get(kind: RecordKind, key: string): RecordRow | undefined {
    return this.#table(kind).rows.get(key)
  }

  list(kind: RecordKind, { where, after, limit }: ListQuery): readonly RecordRow[] {
    const { rows } = this.#table(kind)
    const begin = after === undefined ? 0 : rows.get(after)?.position
    if (after !== undefined && begin === undefined) throw new RevisionConflict(kind, after)
    return this.#some(kind, { ...(where !== undefined && { where }), after: begin ?? 0, limit: limit ?? Infinity })
  }

  page(kind: RecordKind, query: RecordPageQuery): readonly PlacedRow[] {
    return this.#some(kind, query)
  }

  count(kind: RecordKind, where: RecordPageQuery['where']): number {
    return where === undefined ? this.#table(kind).rows.size : this.#some(kind, { where, limit: Infinity }).length
  }

  create(kind: RecordKind, value: object): RecordRow {
    const filed = fileRecord(kind, value)
    if (this.#table(kind).rows.has(filed.key)) throw new AlreadyExists(kind, [recordKinds[kind].key])
    this.#lastPosition += 1
    const row = { position: this.#lastPosition, body: filed.body, revision: 1, filed }
    this.#put(kind, undefined, row)
    return row
  }

  replace(kind: RecordKind, key: string, revision: number, value: object): RecordRow {
    const filed = fileRecord(kind, value)
    demandSameKey(kind, key, filed.key)
    const old = this.#table(kind).rows.get(key)
    if (old?.revision !== revision) throw new RevisionConflict(kind, key)
    const row = { position: old.position, body: filed.body, revision: revision + 1, filed }
    this.#put(kind, old, row)
    return row
  }

  delete(kind: RecordKind, key: string): boolean {
    const { rows } = this.#table(kind)
    const old = rows.get(key)
    if (old === undefined) return false
    this.#release(kind, old)
    rows.delete(key)
    this.#undo.push(() => {
      const later = [...rows.values()].filter(({ position }) => position > old.position)
      for (const row of later) rows.delete(row.filed.key)
      for (const row of [old, ...later]) rows.set(row.filed.key, row)
    })
    this.#note(kind, key)
    return true
  }

  atomically<T>(work: () => T): T {
    const revision = this.#revision
    this.#undo = []
    try {
      const result = work()
      // Now and then: what is cut off here is moved each time.
      if (this.#changes.length > 2 * rememberedChanges) this.#changes = this.#changes.slice(-rememberedChanges)
      return result
    } catch (error) {
      for (const step of this.#undo.reverse()) step()
      this.#changes.length -= this.#revision - revision
      this.#revision = revision
      throw error
    } finally {
      this.#undo = []
    }
  }

  revision(): number {
    return this.#revision
  }

  changesSince(revision: number): ChangedRecords | undefined {
    const count = this.#revision - revision
    if (count < 0 || count > this.#changes.length) return undefined
    return { revision: this.#revision, records: this.#changes.slice(this.#changes.length - count) }
  }

  close(): void {
    this.#tables.clear()
  }

  #note(kind: RecordKind, key: string): void {
    if (recordKinds[kind].apart === true) return
    this.#revision += 1
    this.#changes.push({ kind, key })
  }

  #some(kind: RecordKind, { where, after = 0, skip = 0, limit }: RecordPageQuery): readonly MemoryRow[] {
    const found: MemoryRow[] = []
    let left = skip
    for (const row of this.#table(kind).rows.values()) {
      if (found.length >= limit) break
      if (row.position <= after || !isAmong(row, where)) continue
      if (left > 0) left -= 1
      else found.push(row)
    }
    return found
  }

  #put(kind: RecordKind, old: MemoryRow | undefined, row: MemoryRow): void {
    const { rows, taken } = this.#table(kind)
    if (old !== undefined) this.#release(kind, old)
    for (const unique of row.filed.unique) {
      const text = takenText(unique)
      if (taken.has(text)) throw new AlreadyExists(kind, unique.fields)
      taken.add(text)
      this.#undo.push(() => taken.delete(text))
    }
    const { key } = row.filed
    rows.set(key, row)
    this.#undo.push(() => (old === undefined ? rows.delete(key) : rows.set(key, old)))
    this.#note(kind, key)
  }

  /** Frees the values of a row's unique sets. */
  #release(kind: RecordKind, row: MemoryRow): void {
    const { taken } = this.#table(kind)
    for (const text of row.filed.unique.map(takenText)) {
      taken.delete(text)
      this.#undo.push(() => taken.add(text))
    }
  }

  #table(kind: RecordKind): Table {
    const table = this.#tables.get(kind) ?? { rows: new Map<string, MemoryRow>(), taken: new Set<string>() }
    this.#tables.set(kind, table)
    return table
  }
}

function isAmong({ filed }: MemoryRow, where: RecordPageQuery['where']): boolean {
  return where === undefined || filed.index.some(({ field, value }) => field === where.field && value === where.value)
}

function takenText({ fields, value }: UniqueValue): string {
  return JSON.stringify([fields, value])
}
