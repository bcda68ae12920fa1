import Type, { type Static, type TSchema, type TUnsafe } from 'typebox'

/** An object of values under any names. Not a record of TypeBox's: its pattern lets a name with a line break pass with any value. */
export function byName<S extends TSchema>(value: S, bounds: object = {}): TUnsafe<Readonly<Record<string, Static<S>>>> {
  return Type.Unsafe<Readonly<Record<string, Static<S>>>>({ type: 'object', additionalProperties: value, ...bounds })
}
