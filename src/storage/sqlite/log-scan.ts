import { logId, logSequence, meets, requiredTexts, timesOf } from '../../domain/index.ts'
import type { LogSearch } from '../index.ts'
import { type CommitRow, type LogCommits, linesOf } from './log-commits.ts'

/** What a scan found: each entry as it was written, with its log id. */
export interface FoundLines {
  readonly lines: readonly { readonly line: string; readonly log_id: string }[]
  readonly through?: string
  readonly isCut: boolean
}

/** Commits that are read in one step. A step is what one search may keep another waiting. */
const commitsAStep = 32

/** How long after its date an entry is committed at the latest: what is dated before an end stands before the commits from this long after it. */
const latestCommitMs = 10 * 60 * 1_000

/**
 * One search through `logs.db`, in steps, each of which sees whole commits and holds none of them back.
 *
 * An entry is parsed only when its text has what every entry that is meant has.
 */
export class LogScan {
  readonly #commits: LogCommits
  readonly #search: LogSearch
  readonly #required: readonly string[]
  readonly #afterSequence: number
  readonly #toMs: number
  readonly #fromMs: number
  readonly #found: { line: string; log_id: string }[] = []
  #through: string | undefined
  /** Where the next step begins: the sequence to go on from, or in the other direction below. */
  #next: number
  #left: number
  #skip: number

  /** `mostCharacters` is how much it may read in all, give or take a step. */
  constructor(commits: LogCommits, search: LogSearch, mostCharacters: number) {
    const { after, condition, order } = search
    const afterSequence = after === undefined ? 0 : logSequence(after)
    if (afterSequence === undefined) throw new Error(`"${after}" is not a log id; give the log_id of an entry`)
    const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = condition === undefined ? {} : timesOf(condition)
    this.#commits = commits
    this.#search = search
    this.#required = condition === undefined ? [] : requiredTexts(condition)
    this.#afterSequence = afterSequence
    this.#fromMs = fromMs
    this.#toMs = toMs + latestCommitMs
    this.#left = mostCharacters
    this.#skip = search.skip ?? 0
    if (order === 'newest') {
      this.#next = Number.isFinite(toMs) ? commits.firstAt(this.#toMs) : Number.MAX_SAFE_INTEGER
    } else {
      const holding = commits.holding(afterSequence)?.sequence ?? 0
      this.#next = fromMs > 0 ? Math.max(holding, commits.firstAt(fromMs)) : holding
    }
  }

  /** Looks at the next commits; `undefined` until the search has ended. */
  step(): FoundLines | undefined {
    const isNewest = this.#search.order === 'newest'
    if (this.#search.limit === 0) return this.#end(false)
    const rows = isNewest
      ? this.#commits.before(this.#next, commitsAStep)
      : this.#commits.from(this.#next, commitsAStep)
    for (const row of rows) {
      if (isNewest ? row.committed_at < this.#fromMs : row.committed_at > this.#toMs) return this.#end(false)
      if (this.#look(row)) return this.#end(false)
      this.#next = isNewest ? row.sequence : row.sequence + 1
      this.#left -= row.events.length
      if (isNewest && row.sequence <= this.#afterSequence) return this.#end(false)
    }
    if (rows.length < commitsAStep) return this.#end(false)
    return this.#left <= 0 ? this.#end(true) : undefined
  }

  /** Whether there is enough with this commit. */
  #look({ sequence: first, committed_at, events }: CommitRow): boolean {
    const { order, limit } = this.#search
    const lines = linesOf(events)
    const mayHold = this.#required.every((text) => events.includes(text))
    for (let at = 0; at < lines.length; at += 1) {
      const index = order === 'newest' ? lines.length - 1 - at : at
      const sequence = first + index
      if (sequence <= this.#afterSequence) continue
      const line = lines[index] ?? ''
      if (mayHold && this.#isMeant(line, committed_at, sequence)) {
        if (this.#skip > 0) this.#skip -= 1
        else this.#found.push({ line, log_id: logId(committed_at, sequence) })
        if (this.#found.length === limit) {
          this.#through = logId(committed_at, sequence)
          return true
        }
      }
    }
    const lastLooked = order === 'newest' ? first : first + Math.max(1, lines.length) - 1
    if (lastLooked > this.#afterSequence) this.#through = logId(committed_at, lastLooked)
    return false
  }

  #isMeant(line: string, committedAt: number, sequence: number): boolean {
    const { condition } = this.#search
    if (condition === undefined) return true
    if (!this.#required.every((text) => line.includes(text))) return false
    const log_id = logId(committedAt, sequence)
    return meets({ ...JSON.parse(line), log_id, _id: log_id }, condition)
  }

  #end(isCut: boolean): FoundLines {
    return { lines: this.#found, ...(this.#through !== undefined && { through: this.#through }), isCut }
  }
}
