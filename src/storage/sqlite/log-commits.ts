import type Database from 'better-sqlite3'

/** All that was committed at one moment. */
export interface CommitRow {
  readonly sequence: number
  readonly committed_at: number
  readonly events: string
}

/** Finds commits in `logs.db`, by where they stand and by when they were made. */
export class LogCommits {
  readonly #statements: ReturnType<typeof prepareStatements>

  constructor(database: Database.Database) {
    this.#statements = prepareStatements(database)
  }

  last(): CommitRow | undefined {
    return this.before(Number.MAX_SAFE_INTEGER, 1)[0]
  }

  /** The commit that holds an entry, if there is one; the one that ends before it where the entry is in none. */
  holding(sequence: number): CommitRow | undefined {
    return this.before(sequence + 1, 1)[0]
  }

  /** Commits that begin at a sequence or later, in order. */
  from(sequence: number, limit: number): readonly CommitRow[] {
    return this.#statements.oldest.all(sequence, limit)
  }

  /** Commits that begin before a sequence, the latest first. */
  before(sequence: number, limit: number): readonly CommitRow[] {
    return this.#statements.newest.all(sequence, limit)
  }

  /** The sequence from which all commits were made at a time or later. Commits stand in order of time, so halves are looked at. */
  firstAt(timeMs: number): number {
    let low = 0
    let high = (this.last()?.sequence ?? 0) + 1
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.#statements.timeAt.get(middle)
      if (row === undefined || row.committed_at >= timeMs) high = middle
      else low = row.sequence + 1
    }
    return low
  }
}

/** The entries of a commit, as they were written. */
export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

function prepareStatements(database: Database.Database) {
  return {
    oldest: database.prepare<[number, number], CommitRow>(
      'SELECT sequence, committed_at, events FROM commits WHERE sequence >= ? ORDER BY sequence LIMIT ?',
    ),
    newest: database.prepare<[number, number], CommitRow>(
      'SELECT sequence, committed_at, events FROM commits WHERE sequence < ? ORDER BY sequence DESC LIMIT ?',
    ),
    timeAt: database.prepare<[number], Pick<CommitRow, 'sequence' | 'committed_at'>>(
      'SELECT sequence, committed_at FROM commits WHERE sequence >= ? ORDER BY sequence LIMIT 1',
    ),
  }
}
