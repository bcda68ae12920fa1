import {
  AlreadyExists,
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
  type UniqueValue,
} from '../index.ts'

interface MemoryRow extends PlacedRow {
  readonly filed: FiledRecord
}

/** The records of one kind by key, and which values of its unique sets are taken. */
interface Table {
  readonly rows: Map<string, MemoryRow>
  readonly taken: Set<string>
}

/** Record tables that end with the process. */
export class MemoryTables implements RecordTables {
  readonly #tables = new Map<RecordKind, Table>()
  #revision = 0
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
    return this.#after(kind, where, begin ?? 0).slice(0, limit)
  }

  page(kind: RecordKind, { where, after = 0, skip = 0, limit }: RecordPageQuery): readonly PlacedRow[] {
    return this.#after(kind, where, after).slice(skip, skip + limit)
  }

  count(kind: RecordKind, where: RecordPageQuery['where']): number {
    return where === undefined ? this.#table(kind).rows.size : this.#after(kind, where, 0).length
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
    this.#undo.push(() => rows.set(key, old))
    this.#revision += 1
    return true
  }

  atomically<T>(work: () => T): T {
    const revision = this.#revision
    this.#undo = []
    try {
      return work()
    } catch (error) {
      for (const step of this.#undo.reverse()) step()
      this.#revision = revision
      throw error
    } finally {
      this.#undo = []
    }
  }

  revision(): number {
    return this.#revision
  }

  close(): void {
    this.#tables.clear()
  }

  #after(kind: RecordKind, where: RecordPageQuery['where'], begin: number): readonly MemoryRow[] {
    return Array.from(this.#table(kind).rows.values())
      .filter(({ position, filed }) => {
        if (position <= begin) return false
        return (
          where === undefined || filed.index.some(({ field, value }) => field === where.field && value === where.value)
        )
      })
      .sort((one, other) => one.position - other.position)
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
    this.#revision += 1
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

function takenText({ fields, value }: UniqueValue): string {
  return JSON.stringify([fields, value])
}
