import type Database from 'better-sqlite3'
import { type ExecutionRecord, type LogEvent, type LogEventType, logId, logSequence } from '../../domain/index.ts'
import type { CommittedLogEvent, LogPlace, LogStore } from '../index.ts'
import { type CommitRow, LogCommits, linesOf } from './log-commits.ts'
import type { LogEnd } from './log-queue.ts'

/** Reads `logs.db` on a connection of its own: the writer waits for no reader, and a reader sees whole commits only. */
export class LogReader {
  readonly #statements: ReturnType<typeof prepareStatements>
  readonly #commits: LogCommits

  constructor(database: Database.Database) {
    this.#statements = prepareStatements(database)
    this.#commits = new LogCommits(database)
  }

  /** Where the next event goes. */
  end(): LogEnd {
    const last = this.#commits.last()
    if (last === undefined) return { sequence: 1, committedAt: 0 }
    return { sequence: last.sequence + Math.max(1, linesOf(last.events).length), committedAt: last.committed_at }
  }

  /** As {@link LogStore.list}; reads the commits it answers from and no other. A text that is no log id is a defect of the caller. */
  list({ after, newest, limit }: Parameters<LogStore['list']>[0]): readonly CommittedLogEvent[] {
    const afterSequence = after === undefined ? 0 : logSequence(after)
    if (afterSequence === undefined) throw new Error(`"${after}" is not a log id; give the log_id of an entry`)
    const entries: CommittedLogEvent[] = []
    const commits = newest === true ? this.#statements.newest : this.#statements.oldest
    for (const commit of commits.iterate(afterSequence)) {
      const lines = linesOf(commit.events).map((line, index) => ({ line, sequence: commit.sequence + index }))
      if (newest === true) lines.reverse()
      for (const { line, sequence } of lines) {
        if (entries.length >= limit) return entries
        if (sequence > afterSequence) entries.push(parseEntry(line, logId(commit.committed_at, sequence)))
      }
    }
    return entries
  }

  entry(log_id: string): CommittedLogEvent | undefined {
    const sequence = logSequence(log_id)
    const commit = sequence === undefined ? undefined : this.#commits.holding(sequence)
    if (sequence === undefined || commit === undefined || logId(commit.committed_at, sequence) !== log_id)
      return undefined
    const line = linesOf(commit.events)[sequence - commit.sequence]
    return line === undefined ? undefined : parseEntry(line, log_id)
  }

  /** As {@link LogStore.lastBefore}. */
  lastBefore(timeMs: number): string | undefined {
    const [commit] = this.#commits.before(this.#commits.firstAt(timeMs), 1)
    if (commit === undefined) return undefined
    return logId(commit.committed_at, commit.sequence + Math.max(1, linesOf(commit.events).length) - 1)
  }

  /** As {@link LogStore.countByDay}. */
  countByDay(
    type: LogEventType,
    from: string,
    to: string,
  ): readonly { readonly day: string; readonly count: number }[] {
    return this.#statements.countByDay.all(type, from, to)
  }

  place(reader: string): LogPlace | undefined {
    const text = this.#statements.place.get(reader)
    return text === undefined ? undefined : JSON.parse(text)
  }

  execution(id: string): ExecutionRecord | undefined {
    const text = JSON.stringify(id)
    for (const { executions } of this.#statements.executions.iterate(executionPrefix(id))) {
      const found = linesOf(executions)
        .filter((line) => line.includes(text))
        .map((line): ExecutionRecord => JSON.parse(line))
        .find((execution) => execution.id === id)
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** How an execution's id stands in the list that finds its commit. */
export function executionPrefix(id: string): string {
  return ` ${id.slice(0, 8)}`
}

/** An entry as it is read: what was written, and its log id. */
export function parseEntry(line: string, id: string): CommittedLogEvent {
  const event: LogEvent = JSON.parse(line)
  return { ...event, log_id: id, _id: id }
}

function prepareStatements(database: Database.Database) {
  // The commit that holds the entry after `after` may begin before it.
  const commits = `SELECT sequence, committed_at, events FROM commits
    WHERE sequence >= coalesce((SELECT max(sequence) FROM commits WHERE sequence <= ?), 0) ORDER BY sequence`
  return {
    oldest: database.prepare<[number], CommitRow>(commits),
    newest: database.prepare<[number], CommitRow>(`${commits} DESC`),
    countByDay: database.prepare<[string, string, string], { readonly day: string; readonly count: number }>(
      'SELECT day, count FROM day_counts WHERE type = ? AND day BETWEEN ? AND ? ORDER BY day',
    ),
    place: database.prepare<[string], string>('SELECT place FROM places WHERE reader = ?').pluck(),
    executions: database.prepare<[string], { readonly executions: string }>(
      `SELECT commits.executions FROM execution_ids JOIN commits USING (sequence)
        WHERE instr(prefixes, ?) > 0 ORDER BY execution_ids.sequence DESC`,
    ),
  }
}
