/** Which part of a list of the actions service is asked for. */
export interface ActionPageQuery {
  readonly page?: number
  readonly per_page?: number
}

/** Records a page of the actions service has unless it says otherwise. @see Auth0 Docs, Management API "Get actions": `per_page` */
const defaultPageSize = 20

interface Part {
  readonly shown: readonly object[]
  readonly total: number
  readonly page: number
  readonly per_page: number
}

/**
 * A page of a list that a limit keeps short, as the actions service answers it: always an object, with the number of all records and the page's
 * own where they are not 0. Past the end no number is told.
 */
export async function answerActionPage<T>(
  key: string,
  records: readonly T[],
  query: ActionPageQuery,
  view: (record: T) => Promise<object>,
): Promise<object> {
  const { shown, total, page, per_page } = await partOf(records, query, view)
  return { [key]: shown, ...(total > 0 && { total }), ...(page > 0 && { page }), per_page }
}

/** The same as the modules service answers it: every number is told, and past the end there are 0 records. */
export async function answerModulePage<T>(
  key: string,
  records: readonly T[],
  query: ActionPageQuery,
  view: (record: T) => Promise<object>,
): Promise<object> {
  const { shown, ...numbers } = await partOf(records, query, view)
  return { [key]: shown, ...numbers }
}

async function partOf<T>(
  records: readonly T[],
  { page = 0, per_page = defaultPageSize }: ActionPageQuery,
  view: (record: T) => Promise<object>,
): Promise<Part> {
  const start = page * per_page
  const shown = await Promise.all(records.slice(start, start + per_page).map(view))
  // What is counted are the records from the page on, where there are any: so it is recorded.
  return { shown, total: start < records.length ? records.length : 0, page, per_page }
}
