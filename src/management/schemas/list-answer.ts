import Type, { type TSchema } from 'typebox'

/** What a list of `item` answers in each of the styles it can be asked for: its records bare, under `key` with totals, and under `key` with `next`. */
export function listAnswer(
  key: string,
  item: TSchema,
  styles: readonly ('array' | 'offset' | 'checkpoint')[] = ['array', 'offset', 'checkpoint'],
): TSchema {
  const answers = {
    array: Type.Array(item),
    offset: Type.Object({
      start: Type.Integer(),
      limit: Type.Integer(),
      total: Type.Integer(),
      [key]: Type.Array(item),
    }),
    checkpoint: Type.Object({ [key]: Type.Array(item), next: Type.Optional(Type.String()) }),
  }
  const [first, ...others] = styles.map((style) => answers[style])
  return first === undefined || others.length === 0 ? (first ?? Type.Array(item)) : Type.Union([first, ...others])
}
