/** A time that a caller gave, as the classic resources write it: RFC 3339 in UTC, with three digits after the second. */
export function timestamp(given: string): string {
  return new Date(given).toISOString()
}
