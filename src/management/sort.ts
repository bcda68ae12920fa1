import { setImmediate } from 'node:timers/promises'
import type { Collection, PlacedRecord } from '../storage/index.ts'
import type { PageSource } from './page.ts'
import { ManagementRefusal } from './refusals.ts'

/** Records read at once while the first of an order are looked for. */
const readAtOnce = 500

/**
 * The records of a collection in the order of a text that each has, `-1` for the last first; those with the same text in order of creation. All
 * are looked at, and no more are held than a page reaches to. A page goes on after a record that is still there: else it throws
 * {@link ManagementRefusal}.
 */
export function sortedBy<T>(
  collection: Collection<T>,
  textOf: (record: T) => string,
  direction: 1 | -1,
): PageSource<T> {
  const compare = (one: PlacedRecord<T>, other: PlacedRecord<T>): number => {
    const [a, b] = [textOf(one.record), textOf(other.record)]
    return direction * (a === b ? one.position - other.position : a < b ? -1 : 1)
  }
  return {
    async page({ after, skip = 0, limit }) {
      const begin = after === undefined ? undefined : await placedAt(collection, after)
      const reach = skip + limit
      let first: PlacedRecord<T>[] = []
      for (let read = 0; ; ) {
        const rows = await collection.page({ after: read, limit: readAtOnce })
        first.push(...rows.filter((row) => begin === undefined || compare(begin, row) < 0))
        first = first.toSorted(compare).slice(0, reach)
        const last = rows.at(-1)
        if (last === undefined || rows.length < readAtOnce) return first.slice(skip)
        read = last.position
        // An embedded store answers at once: whoever asks for a token meanwhile has a turn.
        await setImmediate()
      }
    },
    count: () => collection.count(),
  }
}

async function placedAt<T>(collection: Collection<T>, position: number): Promise<PlacedRecord<T>> {
  const [row] = await collection.page({ after: position - 1, limit: 1 })
  if (row?.position !== position) throw new ManagementRefusal('paging-lost', { from: String(position) })
  return row
}
