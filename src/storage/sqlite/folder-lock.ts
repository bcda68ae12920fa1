import { rmSync, statSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { DataFolder } from '../index.ts'

/**
 * Takes a data folder for this process alone: two servers in one would each serve what the other has replaced. Throws one sentence when
 * another server has it.
 *
 * The lock is the operating system's, on a file that stays empty: it ends with the process, however that ends, and is never stale.
 *
 * @returns gives the folder back, and leaves nothing in it.
 */
export function lockDataFolder({ path, lockFile }: Pick<DataFolder, 'path' | 'lockFile'>): () => void {
  let database: Database.Database | undefined
  try {
    const inode = inodeOf(lockFile) ?? makeEmpty(lockFile)
    database = new Database(lockFile, { timeout: 0 })
    // A journal would be a second file.
    database.pragma('journal_mode = MEMORY')
    database.exec('BEGIN EXCLUSIVE')
    // Whoever gave the folder back meanwhile took the file along: a lock on that one keeps nobody out.
    if (inodeOf(lockFile) !== inode) throw new Database.SqliteError('the lock file was replaced', 'SQLITE_BUSY')
  } catch (cause) {
    database?.close()
    throw new Error(refusal(path, cause), { cause })
  }
  const held = database
  return () => {
    // Before it is unlocked: after that the file may be another server's.
    rmSync(lockFile, { force: true })
    held.close()
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino
}

function makeEmpty(file: string): number | undefined {
  writeFileSync(file, '', { mode: 0o600, flag: 'a' })
  return inodeOf(file)
}

function refusal(path: string, cause: unknown): string {
  if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_BUSY') {
    return `DATA_DIR ${path} is in use by another server: stop that one, or give this one a DATA_DIR of its own`
  }
  const why = cause instanceof Error ? cause.message : String(cause)
  return `DATA_DIR ${path} cannot be locked (${why}): give another one, which this user may write`
}
