import type { PastEvent } from '../authoring/index.ts'
import { isJsonObject, type JsonObject } from '../compose-try.ts'
import type { Environment, RemoteFlags } from '../config.ts'
import { CommandFault } from './exit.ts'
import { exchangeTypes, isLogEntry, type LogEntry, logLines, membersOf } from './log-lines.ts'
import { type ManagementApi, ManagementFault, managementUserAgent, openManagementApi } from './management-client.ts'
import { findServer } from './server-address.ts'

/** An exchange that was, as the tenant's log of a running server tells of it. */
interface PastExchange extends PastEvent {
  /** What its reader should know: which exchange it is, and what of its event was not kept. One line each. */
  readonly notes: readonly string[]
}

/**
 * Finds the exchange that a log entry of a running server is of, by its id or, with `last`, the newest that has an event; with the event that its
 * actions saw. Throws in one line, with the way out, where there is no server, no such entry, or one without an event.
 */
export async function findPastExchange(
  wanted: string,
  environment: Environment,
  flags: RemoteFlags,
): Promise<PastExchange> {
  const api = await openManagementApi(await findServer(environment, flags))
  const entry = wanted === 'last' ? await newestExchange(api) : await entryOf(wanted, api)
  const { event_withheld, event_omitted } = membersOf(entry.details?.symbolon)
  const { type, log_id } = entry
  if (!exchangeTypes.has(type))
    throw new CommandFault(`log entry ${log_id} is no exchange's but of type ${type}: give one that is a token's`)
  const event = eventOf(entry)
  if (event === undefined) throw new CommandFault(`log entry ${log_id} ${whyWithout(entry, event_omitted)}`)
  const [line = ''] = logLines(entry, () => undefined)
  return {
    event,
    where: `log entry ${log_id}: `,
    notes: [
      `the exchange of ${line}`,
      ...(Array.isArray(event_withheld) ? [withheldNote(event_withheld.map(String))] : []),
    ],
  }
}

async function entryOf(log_id: string, api: ManagementApi): Promise<LogEntry> {
  const entry = await api.send('GET', `/logs/${encodeURIComponent(log_id)}`).catch((error: unknown) => {
    if (error instanceof ManagementFault && error.status === 404)
      throw new CommandFault(`${api.url} has no log entry ${log_id}: \`symbolon logs\` prints the ids of exchanges`)
    throw error
  })
  if (isLogEntry(entry)) return entry
  throw new CommandFault('the server answered no log entry: check --url')
}

/** Entries that are looked through for the newest exchange: the largest page. */
const mostEntries = 100

async function newestExchange(api: ManagementApi): Promise<LogEntry> {
  const entries = await api.send('GET', `/logs?sort=date:-1&per_page=${mostEntries}`)
  if (!Array.isArray(entries)) throw new CommandFault('the server answered no list of log entries: check --url')
  // Of those of commands that log in, this one made one itself.
  const isWanted = (entry: LogEntry) => entry.user_agent !== managementUserAgent && eventOf(entry) !== undefined
  const newest = entries.filter(isLogEntry).find(isWanted)
  if (newest !== undefined) return newest
  throw new CommandFault(
    `none of the newest ${mostEntries} log entries has the event of an exchange: ask for a token, with RECORD_EVENTS=on for the server`,
  )
}

function eventOf({ details }: LogEntry): JsonObject | undefined {
  const { event } = membersOf(details?.symbolon)
  return isJsonObject(event) ? event : undefined
}

function withheldNote(paths: readonly string[]): string {
  return `not kept, as it may be a credential: ${paths.join(', ')}; give it with --set or --event`
}

function whyWithout({ type }: LogEntry, omitted: unknown): string {
  if (typeof omitted === 'string') return `has no event: ${omitted}; give it as a file with --event`
  const earlier = type === 'feccft' ? ', or the request was refused before its Actions' : ''
  return `has no event: RECORD_EVENTS was off${earlier}; set RECORD_EVENTS=on for the server, and let the exchange come again`
}
