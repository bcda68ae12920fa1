import Type from 'typebox'

/** Parameters that choose which fields of an answer are sent. */
export const fieldParameters = {
  fields: Type.Optional(Type.String()),
  include_fields: Type.Optional(Type.Boolean()),
}

/** Which fields were asked for. */
export interface FieldQuery {
  readonly fields?: string
  readonly include_fields?: boolean
}

/** The fields that a query names, whether they are to be sent or left out; empty when it names none. */
export function namedFields({ fields = '' }: FieldQuery): ReadonlySet<string> {
  return new Set(
    fields
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
}

/** A function that leaves in an object the fields that were asked for, or with `include_fields=false` all but those. Nested ones are not told apart. */
export function fieldFilter(query: FieldQuery): (record: object) => object {
  const { include_fields = true } = query
  const names = namedFields(query)
  if (names.size === 0) return (record) => record
  return (record) => Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name) === include_fields))
}
