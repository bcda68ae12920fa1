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

/** A function that leaves in an object the fields that were asked for, or with `include_fields=false` all but those. Nested ones are not told apart. */
export function fieldFilter({ fields, include_fields = true }: FieldQuery): (record: object) => object {
  const names = new Set(
    (fields ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
  if (names.size === 0) return (record) => record
  return (record) => Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name) === include_fields))
}
