/** The time that a date means, from its first millisecond up to the first that it does not mean any more, in milliseconds since the epoch. */
export interface DateSpan {
  readonly startMs: number
  readonly endMs: number
}

const dateForm =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** A year, a month, a day or a time of day, as far as it is written out; UTC unless it says otherwise. `undefined` for anything else. RFC 3339 §5.6 */
export function parseDateSpan(text: string): DateSpan | undefined {
  const found = dateForm.exec(text)
  if (found === null) return undefined
  const [, year = '', month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction, zone = 'Z'] = found
  const ms = (fraction ?? '0').padEnd(3, '0').slice(0, 3)
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}`
  const wall = Date.parse(`${plain}Z`)
  const startMs = Date.parse(`${plain}${zone}`)
  // A day that its month does not have is read as one of the next.
  if (Number.isNaN(startMs) || !new Date(wall).toISOString().startsWith(`${year}-${month}-${day}`)) return undefined
  const next = new Date(startMs)
  if (found[2] === undefined) next.setUTCFullYear(next.getUTCFullYear() + 1)
  else if (found[3] === undefined) next.setUTCMonth(next.getUTCMonth() + 1)
  else return { startMs, endMs: startMs + stepOf(found) }
  return { startMs, endMs: next.getTime() }
}

function stepOf(found: RegExpExecArray): number {
  if (found[4] === undefined) return 24 * 3_600_000
  if (found[5] === undefined) return 3_600_000
  if (found[6] === undefined) return 60_000
  return found[7] === undefined ? 1_000 : 1
}
