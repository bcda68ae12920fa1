/** Where in a log entry a value stands: the names on the way to it, as in `details.request.path`. A list on the way is each of its items. */
export type LogField = readonly string[]

/** The end of a range, and whether it belongs to it. */
export interface LogRangeEnd {
  readonly value: string
  readonly isIncluded: boolean
}

/** Which log entries are meant, by a search or by a stream. */
export type LogCondition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly LogCondition[] }
  | { readonly kind: 'not'; readonly of: LogCondition }
  | {
      readonly kind: 'text'
      /** One of them is enough. */
      readonly fields: readonly LogField[]
      /** The whole value, in pieces between which anything may stand: one piece is the value itself. */
      readonly parts: readonly string[]
      readonly ignoresCase?: boolean
    }
  | {
      readonly kind: 'range'
      readonly field: LogField
      /** Absent where the range is open. */
      readonly min?: LogRangeEnd
      readonly max?: LogRangeEnd
    }

/** Whether an entry is meant. A value that is no text, number or truth is no value, and one that is absent is never meant. */
export function meets(entry: object, condition: LogCondition): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((part) => meets(entry, part))
    case 'any':
      return condition.of.some((part) => meets(entry, part))
    case 'not':
      return !meets(entry, condition.of)
    case 'text': {
      const { parts, ignoresCase = false } = condition
      const wanted = ignoresCase ? parts.map((part) => part.toLowerCase()) : parts
      return condition.fields.some((field) =>
        someValue(entry, field, 0, (value) => {
          const text = String(value)
          return hasParts(ignoresCase ? text.toLowerCase() : text, wanted)
        }),
      )
    }
    case 'range': {
      const { field, min, max } = condition
      return someValue(entry, field, 0, (value) => isAbove(value, min) && isBelow(value, max))
    }
  }
}

/** The times between which an entry was committed if it is meant, in milliseconds since the epoch; absent where the condition does not say. */
export interface LogTimes {
  readonly fromMs?: number
  readonly toMs?: number
}

/** @see LogTimes. What it leaves out may still not be meant. */
export function timesOf(condition: LogCondition): LogTimes {
  if (condition.kind === 'all') {
    const times = condition.of.map(timesOf)
    const from = times.flatMap(({ fromMs }) => fromMs ?? [])
    const to = times.flatMap(({ toMs }) => toMs ?? [])
    return { ...(from.length > 0 && { fromMs: Math.max(...from) }), ...(to.length > 0 && { toMs: Math.min(...to) }) }
  }
  if (condition.kind !== 'range' || condition.field.length !== 1) return {}
  const timeOf = readTime[condition.field[0] ?? '']
  const from = timeOf?.(condition.min?.value ?? '')
  const to = timeOf?.(condition.max?.value ?? '')
  return { ...(from !== undefined && { fromMs: from }), ...(to !== undefined && { toMs: to + 1_000 }) }
}

const readTime: Readonly<Record<string, (text: string) => number | undefined>> = {
  date: (text) => timeOrNone(text),
  // The second of the commit stands in every log id.
  log_id: (text) => timeOrNone(text.replace(/^900(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\d*$/, '$1-$2-$3T$4:$5:$6.000Z')),
}

function timeOrNone(text: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

/** Texts that stand in the JSON of every entry that is meant, its log id aside: an entry without one of them need not be parsed. */
export function requiredTexts(condition: LogCondition): readonly string[] {
  if (condition.kind === 'all') return condition.of.flatMap(requiredTexts)
  if (condition.kind !== 'text' || condition.ignoresCase === true) return []
  if (condition.fields.some(([name]) => name === 'log_id' || name === '_id')) return []
  const longest = condition.parts.reduce((one, other) => (other.length > one.length ? other : one), '')
  return longest === '' || !longest.isWellFormed() ? [] : [JSON.stringify(longest).slice(1, -1)]
}

type LogValue = string | number | boolean

function someValue(value: unknown, field: LogField, depth: number, test: (value: LogValue) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => someValue(item, field, depth, test))
  const name = field[depth]
  if (name === undefined)
    return (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') && test(value)
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
  return someValue(Reflect.get(value, name), field, depth + 1, test)
}

/** Each piece is looked for once, behind the one before it: what comes first leaves the most room for the rest. */
function hasParts(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

function isAbove(value: LogValue, min: LogRangeEnd | undefined): boolean {
  if (min === undefined) return true
  const order = compare(value, min.value)
  return order > 0 || (order === 0 && min.isIncluded)
}

function isBelow(value: LogValue, max: LogRangeEnd | undefined): boolean {
  if (max === undefined) return true
  const order = compare(value, max.value)
  return order < 0 || (order === 0 && max.isIncluded)
}

/** Numbers by their size where both are numbers, all else by its characters. */
function compare(value: LogValue, end: string): number {
  if (typeof value === 'number' && end.trim() !== '' && !Number.isNaN(Number(end))) return value - Number(end)
  const text = String(value)
  return text === end ? 0 : text < end ? -1 : 1
}
