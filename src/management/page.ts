import { setImmediate } from 'node:timers/promises'
import Type, { type Static } from 'typebox'
import type { Collection, PlacedRecord, Stored } from '../storage/index.ts'
import { ManagementRefusal } from './refusals.ts'

/** Parameters of a list that is read by page numbers. */
export const offsetParameters = {
  page: Type.Optional(Type.Integer({ minimum: 0 })),
  per_page: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  include_totals: Type.Optional(Type.Boolean()),
}

/** Parameters of a list that is read on from where a page ended. */
export const checkpointParameters = {
  from: Type.Optional(Type.String()),
  take: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
}

/** How much of a list is asked for, and in which of the four styles. */
export type PageQuery = Partial<
  Static<ReturnType<typeof Type.Object<typeof offsetParameters & typeof checkpointParameters>>>
>

/** What a list is made of: records in order of creation, and how many there are. */
export interface PageSource<T> {
  page(query: {
    readonly after?: number
    readonly skip?: number
    readonly limit: number
  }): Promise<readonly PlacedRecord<T>[]>
  count(): Promise<number>
}

/** Records a page has unless it says otherwise. @see Auth0 Docs, Management API: `per_page`, `take` */
export const defaultPageSize = 50

/** How far page numbers reach. @see Auth0 Docs, "Pagination": at most 1,000 records */
export const furthestRecord = 1_000

/** Records read at once while those that match are looked for. */
const scanned = 200

/** Those records of a collection that a list is to have: by an index where there is one, and by looking at each. */
export function select<T>(
  collection: Collection<T>,
  {
    where,
    matches,
  }: { readonly where?: { readonly field: string; readonly value: string }; readonly matches?: (record: T) => boolean },
): PageSource<T> {
  const by = where === undefined ? {} : { where }
  if (matches === undefined) {
    return { page: (query) => collection.page({ ...by, ...query }), count: () => collection.count(where) }
  }
  async function* walk(begin = 0): AsyncGenerator<PlacedRecord<T>, void> {
    for (let after = begin; ; ) {
      const rows = await collection.page({ ...by, after, limit: scanned })
      for (const row of rows) if (matches?.(row.record) === true) yield row
      const last = rows.at(-1)
      if (last === undefined || rows.length < scanned) return
      after = last.position
      // An embedded store answers at once: whoever asks for a token meanwhile has a turn.
      await setImmediate()
    }
  }
  return {
    async page({ after, skip = 0, limit }) {
      const found: PlacedRecord<T>[] = []
      let left = skip
      for await (const row of walk(after)) {
        if (found.length === limit) break
        if (left > 0) left -= 1
        else found.push(row)
      }
      return found
    },
    async count() {
      let count = 0
      for await (const _row of walk()) count += 1
      return count
    },
  }
}

/** A list with what belongs to each of its records: `join` is asked for those of a page alone, and leaves out what it has nothing for. */
export function joined<A, B>(
  source: PageSource<A>,
  join: (record: Stored<A>) => Promise<Stored<B> | undefined>,
): PageSource<B> {
  return {
    async page({ limit, ...query }) {
      const found: PlacedRecord<B>[] = []
      for (let rest: Parameters<PageSource<A>['page']>[0] = { ...query, limit }; ; ) {
        const rows = await source.page(rest)
        const records = await Promise.all(rows.map(({ record }) => join(record)))
        for (const [index, { position }] of rows.entries()) {
          const record = records[index]
          if (record !== undefined) found.push({ record, position })
        }
        const last = rows.at(-1)
        if (last === undefined || rows.length < rest.limit || found.length === limit) return found
        rest = { after: last.position, limit: limit - found.length }
      }
    },
    count: () => source.count(),
  }
}

/** A list of records that are at hand, in the order they are in. */
export function listed<T>(records: readonly Stored<T>[]): PageSource<T> {
  return {
    page: async ({ after = 0, skip = 0, limit }) =>
      records.map((record, index) => ({ record, position: index + 1 })).slice(after + skip, after + skip + limit),
    count: async () => records.length,
  }
}

/**
 * A page of a list in the style that was asked for: by `take` or `from` a part with `next`, else with `include_totals` a part with `total`, else
 * the bare array. A page past the end is empty. Throws {@link ManagementRefusal} beyond 1,000 records by page numbers, and for a `from` that no
 * page gave. What is shown of a record may take time: `view` may answer a promise.
 *
 * @see Auth0 Docs, "Pagination"
 */
export async function answerPage<T>(
  key: string,
  source: PageSource<T>,
  query: PageQuery,
  view: (record: Stored<T>) => unknown,
): Promise<unknown> {
  const { page = 0, per_page = defaultPageSize, include_totals = false, from, take } = query
  if (from !== undefined || take !== undefined) {
    const limit = take ?? defaultPageSize
    // One more than is shown: whether there is a next page.
    const rows = await source.page({ ...(from !== undefined && { after: positionOf(from) }), limit: limit + 1 })
    const shown = rows.slice(0, limit)
    const next = rows.length > limit ? shown.at(-1) : undefined
    return {
      [key]: await Promise.all(shown.map(({ record }) => view(record))),
      ...(next !== undefined && { next: String(next.position) }),
    }
  }
  const start = page * per_page
  if (start + per_page > furthestRecord && start > 0)
    throw new ManagementRefusal('paging-beyond', { limit: furthestRecord })
  const rows = per_page === 0 ? [] : await source.page({ skip: start, limit: per_page })
  const records = await Promise.all(rows.map(({ record }) => view(record)))
  if (!include_totals) return records
  return { start, limit: per_page, total: await source.count(), [key]: records }
}

/** What a list without a single record answers, in each style: for things that this server has none of, and clients ask for. */
export function answerEmpty(
  key: string,
  { page = 0, per_page = defaultPageSize, include_totals, from, take }: PageQuery,
): unknown {
  if (from !== undefined || take !== undefined) return { [key]: [] }
  return include_totals === true ? { start: page * per_page, limit: per_page, total: 0, [key]: [] } : []
}

function positionOf(from: string): number {
  if (!/^\d{1,15}$/.test(from)) throw new ManagementRefusal('paging-lost', { from })
  return Number(from)
}
