import Database from 'better-sqlite3'
import type { Clock } from '../../domain/index.ts'
import type { LogStore } from '../index.ts'
import { type DatabaseForm, openDatabase } from './database-file.ts'
import { LogQueue } from './log-queue.ts'
import { LogReader } from './log-reader.ts'
import { LogSearches } from './log-searches.ts'

/** How a log store is opened. */
export interface LogStoreOptions {
  readonly file: string
  /** What an appended batch survives when its promise resolves: a killed process, a power loss, or nothing yet. */
  readonly durability: 'commit' | 'fsync' | 'async'
  readonly clock: Clock
  /** Told of what could not be written, once a group commit, and of the writer's end: with `async`, the only one to be. */
  onDefect(error: Error): void
  /** Characters of the log that one search may read; 1 GiB unless given. */
  readonly searchCharacters?: number
}

const defaultSearchCharacters = 1024 ** 3

const logForm: DatabaseForm = {
  holds: 'log',
  applicationId: 0x53_79_6d_4c, // "SymL"
  version: 2,
  schema: new URL('./log-schema.sql', import.meta.url),
  migrations: [new URL('./log-schema-2.sql', import.meta.url)],
}

/**
 * The tenant's log in one SQLite file, written by a thread of its own in group commits. The time in a log id is that of the commit.
 * A batch is refused when 20,000 wait already; with `async` too. A file that is not ours, newer or damaged is refused and left as it was.
 */
export async function openSqliteLogStore(options: LogStoreOptions): Promise<LogStore> {
  const { file, durability, clock, onDefect, searchCharacters = defaultSearchCharacters } = options
  openDatabase(file, logForm).close()
  const database = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const reader = new LogReader(database)
    const synchronous = durability === 'fsync' ? 'FULL' : 'NORMAL'
    const listeners = new Set<() => void>()
    const onCommitted = () => {
      for (const listener of listeners) listener()
    }
    const queue = await LogQueue.start({ file, synchronous }, { end: reader.end(), clock, onDefect, onCommitted })
    const searches = new LogSearches({ file, mostCharacters: searchCharacters })
    return {
      append: async (batch) => {
        const committed = queue.append(batch)
        if (durability !== 'async') await committed
      },
      list: async (query) => reader.list(query),
      search: (search) => searches.search(search),
      entry: async (log_id) => reader.entry(log_id),
      lastBefore: async (timeMs) => reader.lastBefore(timeMs),
      countByDay: async (type, from, to) => reader.countByDay(type, from, to),
      watch: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      place: async (name) => reader.place(name),
      notePlace: async (name, place) => queue.notePlace(name, place),
      execution: async (id) => reader.execution(id),
      close: async () => {
        queue.refuse()
        await searches.close()
        // The writer's is the last connection then: SQLite moves the WAL into the database and removes it.
        database.close()
        await queue.close()
      },
    }
  } catch (error) {
    database.close()
    throw error
  }
}
