import { type RecordKind, recordKinds } from './records.ts'
import type { Stored } from './store.ts'

/** The values of one unique set: equal texts are equal values. */
export interface UniqueValue {
  readonly fields: readonly string[]
  readonly value: string
}

/** A field a record can be listed by, and its value. */
export interface IndexValue {
  readonly field: string
  readonly value: string
}

/** A record on its way into a store: its JSON text, and what the rule of its kind files it under. */
export interface FiledRecord {
  readonly key: string
  readonly body: string
  readonly unique: readonly UniqueValue[]
  readonly index: readonly IndexValue[]
}

/**
 * Files a value under the rule of its kind. A `revision` in it is left out: that is the store's to give.
 *
 * In a unique set an absent field counts as `null`, so two records that lack it collide. A field that holds no text is not indexed.
 * Refuses, as a defect of the caller, a key that is not a text or is empty.
 */
export function fileRecord(kind: RecordKind, value: object): FiledRecord {
  const { revision: _given, ...record }: { readonly revision?: unknown } = value
  const body = JSON.stringify(record)
  // Filed by what was written, not by what was handed in: `toJSON` and `undefined` have had their way by now.
  const fields: Readonly<Record<string, unknown>> = JSON.parse(body)
  const rule = recordKinds[kind]
  const key = fields[rule.key]
  // Half a surrogate pair does not survive UTF-8: two such keys would become one.
  if (typeof key !== 'string' || key === '' || /\p{Surrogate}/u.test(key)) {
    throw new Error(`a record of "${kind}" needs a text as its "${rule.key}", got ${JSON.stringify(key)}`)
  }
  return {
    key,
    body,
    unique: rule.unique.map((set) => ({ fields: set, value: JSON.stringify(set.map((field) => fields[field])) })),
    index: rule.index.flatMap((field) => {
      const value = fields[field]
      return typeof value === 'string' ? [{ field, value }] : []
    }),
  }
}

/** A record out of a store: the value its text holds, and its revision. */
export function storedRecord<T>(row: { readonly body: string; readonly revision: number }): Stored<T> {
  return { ...JSON.parse(row.body), revision: row.revision }
}
