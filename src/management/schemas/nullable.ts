import Type, { type Static, type TSchema, type TUnsafe } from 'typebox'

/** A schema that takes `null` too, spelt as one `type` with two names: a violation then names the rule that was broken, not two branches. */
export function nullable<S extends TSchema>(schema: S): TUnsafe<Static<S> | null> {
  const type = Reflect.get(schema, 'type') ?? []
  const values = Reflect.get(schema, 'enum')
  return Type.Unsafe<Static<S> | null>({
    ...schema,
    ...(Array.isArray(values) ? { enum: [...values, null] } : { type: [type, 'null'].flat() }),
  })
}
