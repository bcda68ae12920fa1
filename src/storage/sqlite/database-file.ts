import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'

/** What a database file of ours must be. */
export interface DatabaseForm {
  /** What it holds, for sentences: `configuration`. */
  readonly holds: string
  /** Marks a file as ours and as this kind. @see SQLite, "PRAGMA application_id" */
  readonly applicationId: number
  /** Version of the layout, from 1. */
  readonly version: number
  /** The statements that lay out an empty database. */
  readonly schema: URL
  /** The statements that bring a database from each older version to the next: the first of them from 1 to 2. */
  readonly migrations: readonly URL[]
}

interface Header {
  readonly applicationId: number
  readonly version: number
  /** Whether the file is shorter than its own page count. */
  readonly truncated: boolean
}

/** Bytes up to which a whole file is checked on opening; a larger one by its layout alone, so that a start takes no longer as logs grow. */
const wholeCheckBytes = 64 * 1024 * 1024

const headerBytes = 100

/**
 * Opens a database file for reading and writing, in WAL and synced at every commit; an absent or empty one is laid out first, for its owner alone,
 * and one of an older version is brought to this one.
 *
 * Refuses, in one sentence, a file that is not ours, was written by a newer version or is damaged, and writes nothing to it or beside it:
 * whose file it is says its header, read as bytes, before SQLite sees it.
 */
export function openDatabase(file: string, form: DatabaseForm): Database.Database {
  let database: Database.Database | undefined
  try {
    const header = readHeader(file)
    if (header === undefined) {
      closeSync(openSync(file, 'a', 0o600))
    } else {
      checkHeader(file, header, form)
      // A journal is left by a creation that was cut off: nothing to check, and the next opening rolls it back.
      if (!existsSync(`${file}-journal`)) checkContent(file)
    }
    database = new Database(file)
    layOut(database, form)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    return database
  } catch (cause) {
    database?.close()
    if (cause instanceof UnusableFile) throw cause
    throw new Error(`${file} cannot be opened (${messageOf(cause)}): give a path this user may write`, { cause })
  }
}

/** A refusal whose sentence is finished: {@link openDatabase} passes it on as it is. */
class UnusableFile extends Error {}

/** `undefined` when there is no file, or nothing in it. */
function readHeader(file: string): Header | undefined {
  if (!existsSync(file)) return undefined
  const { size } = statSync(file)
  const bytes = Buffer.alloc(headerBytes)
  const descriptor = openSync(file, 'r')
  try {
    if (readSync(descriptor, bytes, 0, headerBytes, 0) === 0) return undefined
  } finally {
    closeSync(descriptor)
  }
  // SQLite, "Database File Format" §1.3: the offsets below.
  if (bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') return { applicationId: 0, version: 0, truncated: false }
  const pageSize = bytes.readUInt16BE(16) === 1 ? 65_536 : bytes.readUInt16BE(16)
  return {
    applicationId: bytes.readUInt32BE(68),
    version: bytes.readUInt32BE(60),
    truncated: size < bytes.readUInt32BE(28) * pageSize,
  }
}

function checkHeader(file: string, header: Header, form: DatabaseForm): void {
  if (header.applicationId !== form.applicationId) {
    throw new UnusableFile(
      `${file} is not a ${form.holds} database of Symbolon: give another path, or move the file away; it was not touched`,
    )
  }
  if (header.version > form.version) {
    throw new UnusableFile(
      `${file} was written by a newer Symbolon (layout ${header.version}, this one knows ${form.version}): run that version, or give another path; the file was not touched`,
    )
  }
  // With a WAL beside it the rest of the pages may lie there: a kill during a checkpoint leaves the file short.
  if (header.version < 1 || (header.truncated && !existsSync(`${file}-wal`)))
    throw damaged(file, 'it is cut short', undefined)
}

/** Opens the file read-only to see whether it holds together. */
function checkContent(file: string): void {
  const absentBefore = [`${file}-wal`, `${file}-shm`].filter((beside) => !existsSync(beside))
  let database: Database.Database | undefined
  let fault: unknown
  try {
    database = new Database(file, { readonly: true, fileMustExist: true })
    const layout = database.prepare(`SELECT count(*) FROM sqlite_schema WHERE type = 'table'`).pluck().get()
    if (layout === 0) fault = 'its tables are gone'
    else if (statSync(file).size <= wholeCheckBytes) {
      const verdict = database.pragma('quick_check(1)', { simple: true })
      if (verdict !== 'ok') fault = verdict
    }
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) throw error
    fault = error
  } finally {
    database?.close()
  }
  if (fault === undefined) return
  // Looking made them: SQLite reads a WAL database through its two companions only.
  for (const beside of absentBefore) rmSync(beside, { force: true })
  throw damaged(file, messageOf(fault), fault)
}

/** Lays out an empty database, or one of an older version anew, in one transaction: a kill leaves it as it was or whole, and two at once do it once. */
function layOut(database: Database.Database, form: DatabaseForm): void {
  const isOurs = () => database.pragma('application_id', { simple: true }) === form.applicationId
  const version = () => Number(database.pragma('user_version', { simple: true }))
  if (isOurs() && version() === form.version) return
  database
    .transaction(() => {
      const steps = isOurs() ? form.migrations.slice(version() - 1) : [form.schema]
      for (const step of steps) database.exec(readFileSync(step, 'utf8'))
      database.pragma(`application_id = ${form.applicationId}`)
      database.pragma(`user_version = ${form.version}`)
    })
    .exclusive()
}

function damaged(file: string, how: string, cause: unknown): UnusableFile {
  return new UnusableFile(
    `${file} is damaged (${how.replaceAll(/\s+/g, ' ')}): restore it from a backup, or move it away to begin with an empty one; it was not touched`,
    { cause },
  )
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault)
}
