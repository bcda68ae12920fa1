import { type LogStreamType, logFileFault } from '../domain/index.ts'
import type { ManagementSettings } from './ports.ts'
import { ManagementRefusal } from './refusals.ts'

/** What a stream's sink says, as it came. */
export type Sink = Readonly<Record<string, unknown>>

/** Headers that belong to the connection, or that the sink has a member for. RFC 9110 §7.6.1 */
const ownHeaders = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer',
])

/** Refuses a sink that this server could not, or may not, deliver to. Whether anybody answers there is for the delivery to find out. */
export function demandSink(
  type: LogStreamType,
  sink: Sink,
  { allowsHttp, folder }: ManagementSettings['logStreams'],
): void {
  if (type === 'http') {
    const endpoint = String(sink.httpEndpoint)
    const url = URL.parse(endpoint)
    if (url === null || (url.protocol !== 'https:' && !allowsHttp))
      // Behind the host there may be a secret: such an address is often its own key.
      throw new ManagementRefusal('log-stream-http', { endpoint: url?.origin ?? 'no address' })
    if (url.username !== '' || url.password !== '') throw new ManagementRefusal('log-stream-user', {})
    for (const { name, value } of headersOf(sink)) if (!isSendable(name, value)) refuseHeader(name)
  }
  if (type === 'file') {
    const fault = logFileFault(String(sink.path), folder !== undefined)
    if (fault !== undefined) throw new ManagementRefusal('log-stream-file', { fault })
  }
}

function* headersOf({ httpAuthorization, httpContentType, httpCustomHeaders }: Sink): Generator<{
  readonly name: string
  readonly value: string
}> {
  if (httpAuthorization !== undefined) yield { name: 'authorization', value: String(httpAuthorization) }
  if (httpContentType !== undefined) yield { name: 'accept', value: String(httpContentType) }
  if (!Array.isArray(httpCustomHeaders)) return
  for (const { header = '', value = '' } of httpCustomHeaders) yield { name: String(header), value: String(value) }
}

function isSendable(name: string, value: string): boolean {
  if (ownHeaders.has(name.toLowerCase())) return false
  try {
    new Headers({ [name]: value })
    return true
  } catch {
    // Not a name, or not a value, of a header: what it is is for the refusal to say.
    return false
  }
}

function refuseHeader(header: string): never {
  throw new ManagementRefusal('log-stream-header', { header })
}
