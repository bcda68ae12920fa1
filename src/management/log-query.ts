import { guesses, type LogCondition, type LogField, type LogRangeEnd } from '../domain/index.ts'
import { parseDateSpan } from './log-dates.ts'
import { ManagementRefusal } from './refusals.ts'

/** Longest query, in characters. */
const longestQuery = 4_096
/** Most terms of a query, and most parentheses within each other. */
const mostTerms = 100
const deepest = 20

/** What a word without a field is looked for in. @see Auth0 Docs, "Log Search Query Syntax": "Fields searchable against bare terms" */
const bareFields: readonly LogField[] = [
  ['user_name'],
  ['connection'],
  ['client_name'],
  ['type'],
  ['ip'],
  ['log_id'],
  ['description'],
]

/** How a query is meant where its two parameters differ. */
interface Style {
  readonly bareFields: readonly LogField[]
  /** What terms side by side, without a word between them, are. */
  readonly sideBySide: 'all' | 'any'
  /** Whether a text without quotes is the beginning of a value, and upper and lower case are the same. */
  readonly isLenient: boolean
}

/**
 * The condition that the parameter `q` states: terms with or without a field, quoted or not, `*` for any characters, ranges, `AND`, `OR`, `NOT` and
 * parentheses. Nothing is split into words: a term is the whole value of its field. `undefined` when it states none. Throws
 * {@link ManagementRefusal}, which names the character, for what cannot be read; takes no longer than the query is long.
 *
 * @see Auth0 Docs, "Log Search Query Syntax"
 */
export function parseLogQuery(query: string): LogCondition | undefined {
  return new Reading(query, { bareFields, sideBySide: guesses.logTermsSideBySide, isLenient: false }).whole()
}

/**
 * The condition that the parameter `search` states: as {@link parseLogQuery}, but a text without quotes is the beginning of a value, case does not
 * count, terms side by side must all hold, and one without a field is looked for in three of them.
 *
 * @see Auth0 Docs, Management API "Search log events": `search`
 */
export function parseLogSearch(search: string): LogCondition | undefined {
  const fields = [['client_name'], ['connection'], ['user_name']]
  return new Reading(search, { bareFields: fields, sideBySide: 'all', isLenient: true }).whole()
}

/** One part of a query, and how it stands among those beside it. */
interface Part {
  readonly condition: LogCondition
  readonly isNegated: boolean
  readonly isAfterOr: boolean
}

const fieldName = /^[\w$][\w$-]*(\.[\w$-]+)*$/
const delimiters = new Set(['(', ')', '"', '[', ']', '{', '}'])

/** A query and how far it has been read. */
class Reading {
  readonly #text: string
  readonly #style: Style
  #at = 0
  #terms = 0

  constructor(text: string, style: Style) {
    this.#text = text
    this.#style = style
  }

  whole(): LogCondition | undefined {
    if (this.#text.length > longestQuery) {
      this.#at = longestQuery
      throw this.#fault(`it is longer than ${longestQuery} characters`)
    }
    this.#skipSpace()
    if (this.#isAtEnd()) return undefined
    const condition = this.#parts(this.#style.bareFields, 0)
    if (!this.#isAtEnd()) throw this.#fault(`"${this.#text[this.#at]}" closes nothing`)
    return condition
  }

  /** Parts with `OR` or nothing between them, up to a closing parenthesis or the end. */
  #parts(fields: readonly LogField[], depth: number): LogCondition {
    const parts: Part[] = []
    for (let isAfterOr = false; ; ) {
      parts.push({ ...this.#conjunction(fields, depth), isAfterOr })
      this.#skipSpace()
      isAfterOr = this.#takes('OR')
      if (!isAfterOr && (this.#isAtEnd() || this.#text[this.#at] === ')')) break
    }
    // Beside other terms, and without OR, what is negated is taken away from the rest. Apache Lucene, "Query Parser Syntax": NOT
    const isTaken = (part: Part, index: number) =>
      part.isNegated && parts.length > 1 && !part.isAfterOr && parts[index + 1]?.isAfterOr !== true
    const taken = parts.filter(isTaken).map(({ condition }) => condition)
    const rest = parts.filter((part, index) => !isTaken(part, index)).map(({ condition }) => condition)
    const hasOr = parts.some(({ isAfterOr }) => isAfterOr)
    const kept = joined(hasOr ? 'any' : this.#style.sideBySide, rest)
    return joined('all', [...(kept === undefined ? [] : [kept]), ...taken]) ?? { kind: 'all', of: [] }
  }

  #conjunction(fields: readonly LogField[], depth: number): Pick<Part, 'condition' | 'isNegated'> {
    const first = this.#negatable(fields, depth)
    const of = [first.condition]
    for (this.#skipSpace(); this.#takes('AND'); this.#skipSpace()) of.push(this.#negatable(fields, depth).condition)
    return of.length === 1 ? first : { condition: { kind: 'all', of }, isNegated: false }
  }

  #negatable(fields: readonly LogField[], depth: number): Pick<Part, 'condition' | 'isNegated'> {
    let isNegated = false
    for (this.#skipSpace(); this.#takes('NOT'); this.#skipSpace()) isNegated = !isNegated
    const condition = this.#term(fields, depth)
    return { condition: isNegated ? { kind: 'not', of: condition } : condition, isNegated }
  }

  #term(fields: readonly LogField[], depth: number): LogCondition {
    this.#terms += 1
    if (this.#terms > mostTerms) throw this.#fault(`it has more than ${mostTerms} terms`)
    const start = this.#at
    const next = this.#text[start]
    if (next === undefined) throw this.#fault('a term is missing at the end')
    if (next === '(') return this.#group(fields, depth)
    if (next === '"') return this.#textOf(fields, [this.#phrase()], true)
    if (delimiters.has(next)) throw this.#fault(`"${next}" stands where a term is expected`)
    if (/^([+!-]|&&|\|\|)/.test(this.#text.slice(start))) throw this.#fault('write AND, OR and NOT; signs are none')
    for (const word of ['AND', 'OR']) if (this.#takes(word)) throw this.#fault(`${word} has no term before it`, start)
    const parts = this.#word(true)
    if (this.#text[this.#at] !== ':') return this.#textOf(fields, parts, false)
    const name = this.#text.slice(start, this.#at)
    if (!fieldName.test(name)) throw this.#fault(`${JSON.stringify(name)} is no field`, start)
    this.#at += 1
    this.#skipSpace()
    return this.#value(fieldOf(name, this.#style), depth)
  }

  #value(field: LogField, depth: number): LogCondition {
    const next = this.#text[this.#at]
    if (next === '(') return this.#group([field], depth)
    if (next === '"') return this.#textOf([field], [this.#phrase()], true)
    if (next === '[' || next === '{') return this.#range(field)
    const parts = this.#word(false)
    if (parts.length === 1 && parts[0] === '') throw this.#fault('a field has no value')
    return this.#textOf([field], parts, false)
  }

  #group(fields: readonly LogField[], depth: number): LogCondition {
    if (depth === deepest) throw this.#fault(`more than ${deepest} parentheses are within each other`)
    const start = this.#at
    this.#at += 1
    this.#skipSpace()
    const condition = this.#parts(fields, depth + 1)
    if (this.#text[this.#at] !== ')') throw this.#fault('a parenthesis is never closed', start)
    this.#at += 1
    return condition
  }

  #phrase(): string {
    const start = this.#at
    let phrase = ''
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      if (this.#text[this.#at] === '\\') this.#at += 1
      const next = this.#text[this.#at]
      if (next === undefined) throw this.#fault('a quote is never closed', start)
      phrase += next
    }
    this.#at += 1
    return phrase
  }

  /** The pieces of a word between its asterisks; a colon ends it where a field may be named. */
  #word(endsAtColon: boolean): readonly string[] {
    const parts = ['']
    const add = (next: string) => parts.push((parts.pop() ?? '') + next)
    for (; ; this.#at += 1) {
      const next = this.#text[this.#at]
      if (next === undefined || /\s/.test(next) || delimiters.has(next) || (endsAtColon && next === ':')) return parts
      if (next === '\\' && this.#at + 1 < this.#text.length) {
        this.#at += 1
        add(this.#text[this.#at] ?? '')
      } else if (next === '*') parts.push('')
      else add(next)
    }
  }

  #range(field: LogField): LogCondition {
    const start = this.#at
    const minIsIncluded = this.#text[start] === '['
    this.#at += 1
    const min = this.#rangeEnd(field)
    this.#skipSpace()
    if (!this.#takes('TO')) throw this.#fault('a range is written [MIN TO MAX]')
    const max = this.#rangeEnd(field)
    this.#skipSpace()
    const close = this.#text[this.#at]
    if (close !== ']' && close !== '}') throw this.#fault('a range is never closed', start)
    this.#at += 1
    return rangeOf(field, { ...min, isIncluded: minIsIncluded }, { ...max, isIncluded: close === ']' })
  }

  #rangeEnd(field: LogField): { readonly value?: string } {
    this.#skipSpace()
    const start = this.#at
    const parts = this.#text[start] === '"' ? [this.#phrase()] : this.#word(false)
    if (parts.length === 2 && parts.every((part) => part === '')) return {}
    if (parts.length !== 1 || parts[0] === '') throw this.#fault('an end of a range is a value or *', start)
    const value = parts[0] ?? ''
    if (isDate(field) && parseDateSpan(value) === undefined) throw this.#fault(noDate(value), start)
    return { value }
  }

  #textOf(fields: readonly LogField[], parts: readonly string[], isQuoted: boolean): LogCondition {
    const [only = '', ...others] = parts
    const [field = []] = fields
    if (fields.length === 1 && isDate(field) && others.length === 0) {
      if (parseDateSpan(only) === undefined) throw this.#fault(noDate(only))
      return rangeOf(field, { value: only, isIncluded: true }, { value: only, isIncluded: true })
    }
    if (!this.#style.isLenient) return { kind: 'text', fields, parts }
    return { kind: 'text', fields, parts: isQuoted ? parts : [...parts, ''], ignoresCase: true }
  }

  /** Whether a word comes next that stands by itself; then it is read. */
  #takes(word: string): boolean {
    const after = this.#text[this.#at + word.length] ?? ' '
    if (!this.#text.startsWith(word, this.#at) || !/[\s()"[\]{}]/.test(after)) return false
    this.#at += word.length
    return true
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  #fault(fault: string, at = this.#at): ManagementRefusal {
    return new ManagementRefusal('log-query-unreadable', { at: at + 1, fault })
  }
}

function joined(kind: 'all' | 'any', of: readonly LogCondition[]): LogCondition | undefined {
  return of.length > 1 ? { kind, of } : of[0]
}

/** The older parameter has two names of its own. */
function fieldOf(name: string, { isLenient }: Style): LogField {
  if (isLenient && name === 'application') return ['client_name']
  if (isLenient && name === 'user') return ['user_name']
  return name.split('.')
}

function isDate(field: LogField): boolean {
  return field.length === 1 && field[0] === 'date'
}

function noDate(text: string): string {
  return `${JSON.stringify(text)} is no date; write one as 2026-01-31, with or without a time`
}

/** A range. One of dates is turned into the first and last moments that it means: a day that is included is so to its end. */
function rangeOf(
  field: LogField,
  min: Partial<LogRangeEnd> & Pick<LogRangeEnd, 'isIncluded'>,
  max: Partial<LogRangeEnd> & Pick<LogRangeEnd, 'isIncluded'>,
): LogCondition {
  const ofMin = min.value === undefined ? undefined : { value: min.value, isIncluded: min.isIncluded }
  const ofMax = max.value === undefined ? undefined : { value: max.value, isIncluded: max.isIncluded }
  if (ofMin === undefined && ofMax === undefined) return { kind: 'text', fields: [field], parts: ['', ''] }
  const from = isDate(field) && ofMin !== undefined ? firstMoment(ofMin) : ofMin
  const to = isDate(field) && ofMax !== undefined ? momentBehind(ofMax) : ofMax
  return { kind: 'range', field, ...(from !== undefined && { min: from }), ...(to !== undefined && { max: to }) }
}

function firstMoment({ value, isIncluded }: LogRangeEnd): LogRangeEnd {
  const span = parseDateSpan(value)
  return { value: isoTime(isIncluded ? span?.startMs : span?.endMs), isIncluded: true }
}

function momentBehind({ value, isIncluded }: LogRangeEnd): LogRangeEnd {
  const span = parseDateSpan(value)
  return { value: isoTime(isIncluded ? span?.endMs : span?.startMs), isIncluded: false }
}

function isoTime(ms = Number.NaN): string {
  return new Date(ms).toISOString()
}
