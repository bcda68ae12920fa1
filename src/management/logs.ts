import Type from 'typebox'
import { type LogCondition, logSequence } from '../domain/index.ts'
import type { CommittedLogEvent, LogStore } from '../storage/index.ts'
import { fieldFilter, fieldParameters } from './fields.ts'
import { parseLogQuery, parseLogSearch } from './log-query.ts'
import { operation } from './operation.ts'
import { checkpointParameters, defaultPageSize, furthestRecord, offsetParameters } from './page.ts'
import { ManagementRefusal } from './refusals.ts'
import { LogEntry, LogList } from './schemas/log.ts'

const ListQuery = Type.Object(
  {
    ...offsetParameters,
    ...checkpointParameters,
    ...fieldParameters,
    sort: Type.Optional(Type.String()),
    // Auth0's CLI gives it twice: both hold.
    q: Type.Optional(Type.Array(Type.String())),
    search: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

/** `GET /logs`: by `from` and `take` what came after an entry, in order of commit, and else what `q` asks for, the newest first. */
export const listLogs = operation({ query: ListQuery, answer: LogList }, async (request, { logs }, { domain }) => {
  const { query, setHeader } = request
  const { from, take, page = 0, per_page = defaultPageSize, include_totals = false } = query
  if (from !== undefined || take !== undefined) {
    const entries = await readOn(logs, from, take)
    const last = entries.at(-1)?.log_id ?? from
    // RFC 8288 §3. Where nothing came after it, the same entry is the one to read on from.
    if (last !== undefined)
      setHeader('link', `<https://${domain}/api/v2/logs?from=${last}&take=${take ?? defaultPageSize}>; rel="next"`)
    return entries.map(view)
  }
  const order = orderOf(query.sort)
  const start = page * per_page
  if (start + per_page > furthestRecord && start > 0)
    throw new ManagementRefusal('paging-beyond', { limit: furthestRecord })
  const condition = conditionOf(query)
  const { entries, isCut } = await logs.search({
    order,
    skip: start,
    limit: per_page,
    ...(condition !== undefined && { condition }),
  })
  if (isCut) throw new ManagementRefusal('log-search-cut', {})
  const filter = fieldFilter(query)
  const shown = entries.map((entry) => filter(view(entry)))
  if (!include_totals) return shown
  // As at Auth0, which counts the entries of the page alone.
  return { start, limit: per_page, length: shown.length, total: shown.length, logs: shown }
})

/** `GET /logs/:id`. */
export const getLog = operation({ answer: LogEntry }, async ({ params }, { logs }) => {
  const entry = await logs.entry(params.id ?? '')
  if (entry === undefined) throw new ManagementRefusal('log-unknown', {})
  return view(entry)
})

/** By checkpoint every other parameter is without effect. @see Auth0 Docs, "Retrieve Logs Using the Management API" */
async function readOn(
  logs: LogStore,
  from: string | undefined,
  take = defaultPageSize,
): Promise<readonly CommittedLogEvent[]> {
  if (from !== undefined && logSequence(from) === undefined) throw new ManagementRefusal('log-from-unknown', { from })
  const { entries } = await logs.search({ order: 'oldest', limit: take, ...(from !== undefined && { after: from }) })
  return entries
}

function conditionOf({
  q = [],
  search = [],
}: {
  readonly q?: readonly string[]
  readonly search?: readonly string[]
}): LogCondition | undefined {
  const of = [...q.map(parseLogQuery), ...search.map(parseLogSearch)].filter((one) => one !== undefined)
  return of.length > 1 ? { kind: 'all', of } : of[0]
}

/** The log has one order, that of its commits, and so of its ids; dates differ from it by less than an exchange takes. */
function orderOf(sort = 'date:-1'): 'newest' | 'oldest' {
  const direction = /^(?:date|log_id):(1|-1)$/.exec(sort)?.[1]
  if (direction === undefined) throw new ManagementRefusal('log-sort-unknown', { sort })
  return direction === '1' ? 'oldest' : 'newest'
}

/** An entry as clients see it. No one signs in here, by a mobile device or otherwise. */
function view(entry: CommittedLogEvent): object {
  return { ...entry, isMobile: false }
}
