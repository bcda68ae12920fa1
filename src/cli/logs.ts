import { setTimeout as passed } from 'node:timers/promises'
import type { Environment, RemoteFlags } from '../config.ts'
import { createObserver } from '../observe.ts'
import { CommandFault, exitStatus, UsageFault } from './exit.ts'
import { ServerUnreachable } from './http-call.ts'
import { hasDrops, isLogEntry, type LogEntry, logLines } from './log-lines.ts'
import { type ManagementApi, ManagementFault, managementUserAgent, openManagementApi } from './management-client.ts'
import { patiently } from './patience.ts'
import { stopSignal } from './running.ts'
import { findServer } from './server-address.ts'

/** Which entries are printed, and how. */
export interface LogsOptions {
  /** Go on until SIGINT or SIGTERM. */
  readonly follow?: boolean
  /** A condition in Auth0's syntax; without it every entry. */
  readonly query?: string
  /** Entries of the past, 0 to 1000; without it 50. */
  readonly limit?: string
  /** Those too that tell of commands like this one getting their token; without it they are left out. */
  readonly all?: boolean
  /** One JSON object a line. */
  readonly json?: boolean
}

const defaultLimit = 50
/** How far page numbers of the API reach, and the largest page. */
const mostEntries = 1_000
const pageSize = 100
/** Milliseconds between two looks at what came since. */
const pollMs = 1_000

/**
 * `symbolon logs`: prints the tenant's log of a running server, oldest first. Resolves with the exit status. With `follow` a server that does not
 * answer is waited for, once it has answered: nothing that it wrote is left out or printed twice. Ends early, and well, when nobody reads on.
 */
export async function logs(
  options: LogsOptions,
  environment: Environment,
  flags: RemoteFlags,
  given?: (line: string) => void,
): Promise<number> {
  const limit = parseLimit(options.limit)
  const stopping = new AbortController()
  const print = given ?? createObserver({ level: 'silent', onReaderGone: () => stopping.abort() }).print
  const show = async (entries: readonly LogEntry[]) => {
    // Its sentences come with all that composes a server: only where they are needed.
    const rules: Readonly<Record<string, string>> =
      options.json !== true && entries.some(hasDrops) ? (await import('../compose.ts')).dropRules : {}
    for (const entry of entries) {
      if (options.json === true) print(JSON.stringify(entry))
      else for (const line of logLines(entry, (rule) => rules[rule])) print(line)
    }
  }
  if (options.follow === true)
    stopSignal().then(
      () => stopping.abort(),
      () => undefined,
    )
  const open = async () => openManagementApi(await findServer(environment, flags), stopping.signal)
  try {
    const api = await open()
    // Before the past is read: what comes meanwhile is read again, and recognised.
    const newest = options.follow === true ? (await search(api, { limit: 1 })).at(0) : undefined
    const query = options.query?.trim() || undefined
    const selection = { query, isWanted: options.all === true ? () => true : isNoLogin }
    const past = await patiently(search(api, { ...selection, limit }), () => `searching the log of ${api.url}`)
    await show(past)
    if (options.follow !== true) return exitStatus.done
    const from = newer(newest, past.at(-1))?.log_id
    await follow({ api, open, show, selection, from, signal: stopping.signal })
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  }
  return exitStatus.done
}

/** Which entries are printed. */
interface Selection {
  readonly query?: string | undefined
  readonly isWanted?: (entry: LogEntry) => boolean
}

interface Following {
  readonly api: ManagementApi
  /** Logs in again, wherever the server is by then. */
  open(): Promise<ManagementApi>
  show(entries: readonly LogEntry[]): Promise<void>
  readonly selection: Selection
  /** The last entry there was; `undefined` when there was none. */
  readonly from: string | undefined
  readonly signal: AbortSignal
}

/** Ends by a rejection alone: when `signal` aborts, or for what waiting does not mend. */
async function follow({ api: first, open, show, selection, from: begin, signal }: Following): Promise<never> {
  let api: ManagementApi | undefined = first
  let from = begin
  let isAway = false
  for (;;) {
    try {
      if (api === undefined) {
        api = await open()
        if (from !== undefined && (await isOtherLog(api, from))) from = undefined
      }
      let fresh = await since(api, from)
      if (isAway) process.stderr.write(`symbolon: ${api.url} answers again\n`)
      isAway = false
      while (fresh.length > 0) {
        await show(await selectOf(api, selection, fresh))
        from = fresh.at(-1)?.log_id
        fresh = fresh.length < pageSize ? [] : await since(api, from)
      }
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error
      if (!isAway) process.stderr.write(`symbolon: ${error.message}; waiting for it\n`)
      isAway = true
      // It may come back on another port, or with another client.
      api = undefined
    }
    await passed(pollMs, undefined, { signal })
  }
}

/** Whether the log ends before an entry: it is that of another DATA_DIR, and all of it is new. */
async function isOtherLog(api: ManagementApi, last: string): Promise<boolean> {
  const newest = (await search(api, { limit: 1 })).at(0)
  return newest === undefined || orderOf(newest.log_id) < orderOf(last)
}

function isPassing(error: unknown): error is CommandFault {
  return error instanceof ServerUnreachable || (error instanceof ManagementFault && error.status >= 500)
}

/** What came after an entry, in order, a page of it. */
async function since(api: ManagementApi, from: string | undefined): Promise<readonly LogEntry[]> {
  const after = from === undefined ? '' : `&from=${encodeURIComponent(from)}`
  return entriesOf(await api.send('GET', `/logs?take=${pageSize}${after}`))
}

/** Those of some entries that are to be printed: by checkpoint the API looks at no query. */
async function selectOf(
  api: ManagementApi,
  { query, isWanted = () => true }: Selection,
  fresh: readonly LogEntry[],
): Promise<readonly LogEntry[]> {
  if (query === undefined) return fresh.filter(isWanted)
  const ids = new Set(fresh.map(({ log_id }) => log_id))
  const dates = fresh.map(({ date }) => date).toSorted()
  const between = `(${query}) AND date:["${dates[0]}" TO "${dates.at(-1)}"]`
  const found = await search(api, { query: between, isWanted, limit: mostEntries })
  return found.filter(({ log_id }) => ids.has(log_id))
}

/** The newest entries of a selection, oldest first; read page by page until there are enough. */
async function search(
  api: ManagementApi,
  { query, isWanted = () => true, limit }: Selection & { readonly limit: number },
): Promise<readonly LogEntry[]> {
  const q = query === undefined ? '' : `&q=${encodeURIComponent(query)}`
  // By id: while pages are read, entries move from one to the next.
  const found = new Map<string, LogEntry>()
  for (let page = 0; found.size < limit && page * pageSize < mostEntries; page += 1) {
    const entries = entriesOf(await api.send('GET', `/logs?sort=date:-1&page=${page}&per_page=${pageSize}${q}`))
    for (const entry of entries) if (isWanted(entry)) found.set(entry.log_id, entry)
    if (entries.length < pageSize) break
  }
  return [...found.values()].slice(0, limit).reverse()
}

/** Each command asks for a token of its own: of most interest to nobody. */
function isNoLogin({ type, user_agent }: LogEntry): boolean {
  return type !== 'seccft' || user_agent !== managementUserAgent
}

function newer(a: LogEntry | undefined, b: LogEntry | undefined): LogEntry | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return orderOf(a.log_id) > orderOf(b.log_id) ? a : b
}

/** The order of commit: the last sixteen digits of an id, which begins with a time. */
function orderOf(id: string): number {
  return Number(id.slice(-16))
}

function entriesOf(body: unknown): readonly LogEntry[] {
  if (Array.isArray(body) && body.every(isLogEntry)) return body
  throw new CommandFault('the server answered no list of log entries: check --url')
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return defaultLimit
  if (/^\d+$/.test(text) && Number(text) <= mostEntries) return Number(text)
  throw new UsageFault(`--limit is ${JSON.stringify(text)}; it must be an integer from 0 to ${mostEntries}`)
}
