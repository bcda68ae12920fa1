import type { CommittedLogEvent } from '../storage/index.ts'

/** Where the entries of one stream go. */
export interface LogSink {
  /** For the operator, without secrets: `https://collector.example.com`. */
  readonly name: string
  /**
   * Delivers entries in order, and says of each that it was. Rejects when one was not, or nobody can tell: that one and those after it come again.
   */
  deliver(
    entries: readonly CommittedLogEvent[],
    signal: AbortSignal,
    onDelivered: (entry: CommittedLogEvent) => void,
  ): Promise<void>
  /** Resolves once what was delivered stays so, whatever happens to this machine. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** One entry as receivers get it. @see Auth0 Docs, "Create Custom Log Streams Using Webhooks" */
export function entryText(entry: CommittedLogEvent, mask: (entry: object) => object): string {
  const { _id: _same, ...data } = entry
  return JSON.stringify({ log_id: entry.log_id, data: mask({ ...data, isMobile: false }) })
}
