import { guesses, type HttpLogSink } from '../domain/index.ts'
import type { CommittedLogEvent } from '../storage/index.ts'
import { entryText, type LogSink } from './sink.ts'

/** Milliseconds a receiver may take to answer. */
const answerMs = 10_000

/**
 * A receiver of HTTP POST requests. Any status of 200 to 299 is a receipt; a redirection is none, for it would carry the stream's secrets to
 * somebody else.
 */
export function openHttpSink(sink: HttpLogSink, mask: (entry: object) => object): LogSink {
  const format = sink.httpContentFormat ?? 'JSONLINES'
  const headers = headersOf(sink)
  const post = async (body: string, signal: AbortSignal): Promise<void> => {
    const response = await fetch(sink.httpEndpoint, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    })
    await response.body?.cancel()
    if (!response.ok) throw new Error(`it answered ${response.status}`)
  }
  return {
    name: new URL(sink.httpEndpoint).origin,
    deliver: async (entries, signal, onDelivered) => {
      for (const together of format === 'JSONOBJECT' ? entries.map((entry) => [entry]) : [entries]) {
        await post(bodyOf(together, format, mask), signal)
        for (const entry of together) onDelivered(entry)
      }
    },
    settle: async () => undefined,
    close: async () => undefined,
  }
}

function headersOf({ httpAuthorization, httpContentType, httpCustomHeaders = [] }: HttpLogSink): Headers {
  const headers = new Headers()
  for (const { header, value } of httpCustomHeaders) if (header !== undefined) headers.append(header, value ?? '')
  headers.set('content-type', httpContentType ?? guesses.logStreamContentType)
  // Empty is how a stream says that it has none any more.
  if (httpAuthorization !== undefined && httpAuthorization !== '') headers.set('authorization', httpAuthorization)
  return headers
}

function bodyOf(
  entries: readonly CommittedLogEvent[],
  format: 'JSONARRAY' | 'JSONLINES' | 'JSONOBJECT',
  mask: (entry: object) => object,
): string {
  const texts = entries.map((entry) => entryText(entry, mask))
  return format === 'JSONARRAY' ? `[${texts.join(',')}]` : texts.join('\n')
}
