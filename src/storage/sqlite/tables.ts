import type Database from 'better-sqlite3'
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
} from '../index.ts'

/** Record tables in `config.db`. A write is on stable storage when {@link atomically} returns. What older rules filed is filed anew on opening. */
export class SqliteTables implements RecordTables {
  readonly #database: Database.Database
  readonly #statements: ReturnType<typeof prepareStatements>

  constructor(database: Database.Database) {
    this.#database = database
    this.#statements = prepareStatements(database)
    if (this.#kindsToFile().length > 0) this.atomically(() => this.#fileAnew())
  }

  get(kind: RecordKind, key: string): PlacedRow | undefined {
    return this.#statements.get.get(kind, key)
  }

  list(kind: RecordKind, { where, after, limit }: ListQuery): readonly RecordRow[] {
    const begin = after === undefined ? 0 : this.get(kind, after)?.position
    if (after !== undefined && begin === undefined) throw new RevisionConflict(kind, after)
    // SQLite, "SELECT" §2.6: a negative limit is none.
    const rows = limit ?? -1
    return this.page(kind, { ...(where !== undefined && { where }), after: begin ?? 0, limit: rows })
  }

  page(kind: RecordKind, { where, after = 0, skip = 0, limit }: RecordPageQuery): readonly PlacedRow[] {
    return where === undefined
      ? this.#statements.list.all(kind, after, limit, skip)
      : this.#statements.listWhere.all(kind, where.field, where.value, after, limit, skip)
  }

  count(kind: RecordKind, where: RecordPageQuery['where']): number {
    const count =
      where === undefined
        ? this.#statements.count.get(kind)
        : this.#statements.countWhere.get(kind, where.field, where.value)
    return count ?? 0
  }

  create(kind: RecordKind, value: object): RecordRow {
    const filed = fileRecord(kind, value)
    const row = this.#statements.insert.get(kind, filed.key, filed.body)
    if (row === undefined) throw new AlreadyExists(kind, [recordKinds[kind].key])
    this.#statements.notePosition.run(row.position)
    this.#file(kind, row.position, filed)
    this.#statements.addToCount.run(1, kind)
    this.#note(kind, filed.key)
    return row
  }

  replace(kind: RecordKind, key: string, revision: number, value: object): RecordRow {
    const filed = fileRecord(kind, value)
    demandSameKey(kind, key, filed.key)
    const old = this.get(kind, key)
    if (old?.revision !== revision) throw new RevisionConflict(kind, key)
    this.#unfile(kind, old)
    this.#file(kind, old.position, filed)
    const row = { position: old.position, body: filed.body, revision: revision + 1 }
    this.#statements.replace.run(row.revision, row.body, row.position)
    this.#note(kind, key)
    return row
  }

  delete(kind: RecordKind, key: string): boolean {
    const old = this.get(kind, key)
    if (old === undefined) return false
    this.#unfile(kind, old)
    this.#statements.delete.run(old.position)
    this.#statements.addToCount.run(-1, kind)
    this.#note(kind, key)
    return true
  }

  atomically<T>(work: () => T): T {
    const withChanges = () => {
      const result = work()
      this.#statements.forgetChanges.run(rememberedChanges)
      return result
    }
    return this.#database.transaction(withChanges).immediate()
  }

  revision(): number {
    const revision = this.#statements.revision.get()
    if (revision === undefined)
      throw new Error(`${this.#database.name} has lost its revision; restore it from a backup`)
    return revision
  }

  changesSince(revision: number): ChangedRecords | undefined {
    const read = this.#database.transaction(() => ({
      revision: this.revision(),
      records: this.#statements.changesSince.all(revision),
    }))
    const changed = read.deferred()
    // Every revision has its row: one that lacks was forgotten, or never was.
    return changed.records.length === changed.revision - revision ? changed : undefined
  }

  close(): void {
    this.#database.close()
  }

  #note(kind: RecordKind, key: string): void {
    if (recordKinds[kind].apart === true) return
    this.#statements.raiseRevision.run()
    this.#statements.addChange.run(kind, key)
  }

  /** Kinds that are not filed the way their rule says now. */
  #kindsToFile(): readonly RecordKind[] {
    const filed = new Map(this.#statements.filedBy.all().map(({ kind, filed_by }) => [kind, filed_by]))
    return kinds().filter((kind) => filed.get(kind) !== filedBy(kind))
  }

  #fileAnew(): void {
    for (const kind of this.#kindsToFile()) {
      this.#statements.unfileUnique.run(kind)
      this.#statements.unfileIndex.run(kind)
      let count = 0
      for (let after = 0; ; ) {
        const rows = this.page(kind, { after, limit: filedAtOnce })
        for (const { position, body } of rows) this.#file(kind, position, fileRecord(kind, JSON.parse(body)))
        count += rows.length
        const last = rows.at(-1)
        if (last === undefined) break
        after = last.position
      }
      this.#statements.setFiled.run(kind, filedBy(kind), count)
    }
  }

  #file(kind: RecordKind, position: number, { unique, index }: FiledRecord): void {
    for (const { fields, value } of unique) {
      const { changes } = this.#statements.addUnique.run(kind, JSON.stringify(fields), value)
      if (changes === 0) throw new AlreadyExists(kind, fields)
    }
    for (const { field, value } of index) this.#statements.addIndex.run(kind, field, value, position)
  }

  #unfile(kind: RecordKind, { position, body }: PlacedRow): void {
    const { unique, index } = fileRecord(kind, JSON.parse(body))
    for (const { fields, value } of unique) this.#statements.removeUnique.run(kind, JSON.stringify(fields), value)
    for (const { field, value } of index) this.#statements.removeIndex.run(kind, field, value, position)
  }
}

/** Records read at once when a kind is filed anew. */
const filedAtOnce = 1_000

function kinds(): readonly RecordKind[] {
  return Object.keys(recordKinds).filter((kind): kind is RecordKind => Object.hasOwn(recordKinds, kind))
}

/** Equal for equal ways to file. */
function filedBy(kind: RecordKind): string {
  const { unique, index } = recordKinds[kind]
  return JSON.stringify({ unique, index })
}

function prepareStatements(database: Database.Database) {
  return {
    get: database.prepare<[string, string], PlacedRow>(
      'SELECT position, revision, body FROM records WHERE kind = ? AND key = ?',
    ),
    list: database.prepare<[string, number, number, number], PlacedRow>(
      'SELECT position, revision, body FROM records WHERE kind = ? AND position > ? ORDER BY position LIMIT ? OFFSET ?',
    ),
    // CROSS JOIN keeps the order of the tables: the index gives a page, and only its records are read.
    listWhere: database.prepare<[string, string, string, number, number, number], PlacedRow>(
      `SELECT position, revision, body FROM index_values CROSS JOIN records USING (position)
       WHERE index_values.kind = ? AND field = ? AND value = ? AND position > ? ORDER BY position LIMIT ? OFFSET ?`,
    ),
    count: database.prepare<[string], number>('SELECT records FROM kinds WHERE kind = ?').pluck(),
    countWhere: database
      .prepare<[string, string, string], number>(
        'SELECT COUNT(*) FROM index_values WHERE kind = ? AND field = ? AND value = ?',
      )
      .pluck(),
    // SQLite, "UPSERT" §2.2: without a WHERE, ON would be read as one of a join.
    insert: database.prepare<[string, string, string], PlacedRow>(
      `INSERT INTO records (position, kind, key, revision, body) SELECT last_position + 1, ?, ?, 1, ? FROM store_revision WHERE true
       ON CONFLICT DO NOTHING RETURNING position, revision, body`,
    ),
    notePosition: database.prepare<[number]>('UPDATE store_revision SET last_position = ?'),
    replace: database.prepare<[number, string, number]>('UPDATE records SET revision = ?, body = ? WHERE position = ?'),
    delete: database.prepare<[number]>('DELETE FROM records WHERE position = ?'),
    addUnique: database.prepare<[string, string, string]>(
      'INSERT INTO unique_values VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    removeUnique: database.prepare<[string, string, string]>(
      'DELETE FROM unique_values WHERE kind = ? AND fields = ? AND value = ?',
    ),
    addIndex: database.prepare<[string, string, string, number]>('INSERT INTO index_values VALUES (?, ?, ?, ?)'),
    removeIndex: database.prepare<[string, string, string, number]>(
      'DELETE FROM index_values WHERE kind = ? AND field = ? AND value = ? AND position = ?',
    ),
    addToCount: database.prepare<[number, string]>('UPDATE kinds SET records = records + ? WHERE kind = ?'),
    raiseRevision: database.prepare('UPDATE store_revision SET revision = revision + 1'),
    revision: database.prepare<[], number>('SELECT revision FROM store_revision').pluck(),
    addChange: database.prepare<[string, string]>('INSERT INTO changes SELECT revision, ?, ? FROM store_revision'),
    changesSince: database.prepare<[number], ChangedRecord>('SELECT kind, key FROM changes WHERE revision > ?'),
    forgetChanges: database.prepare<[number]>(
      'DELETE FROM changes WHERE revision <= (SELECT revision FROM store_revision) - ?',
    ),
    filedBy: database.prepare<[], { readonly kind: string; readonly filed_by: string }>(
      'SELECT kind, filed_by FROM kinds',
    ),
    setFiled: database.prepare<[string, string, number]>('INSERT OR REPLACE INTO kinds VALUES (?, ?, ?)'),
    unfileUnique: database.prepare<[string]>('DELETE FROM unique_values WHERE kind = ?'),
    unfileIndex: database.prepare<[string]>('DELETE FROM index_values WHERE kind = ?'),
  }
}
