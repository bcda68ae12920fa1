/**
 * Values that expire, counters, change notices: what servers share and nobody mourns after a restart.
 * Times are milliseconds since the epoch; the adapter is handed its clock.
 */
export interface Ephemeral {
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, expiresAtMs: number): Promise<void>
  delete(key: string): Promise<void>
  /** Takes a key that nobody holds; `false` when it is taken and has not expired. Of two callers at once, one wins. */
  claim(key: string, expiresAtMs: number): Promise<boolean>
  /** Adds to a counter, which starts at 0 and lives until `expiresAtMs` of its first increment; resolves with the sum. */
  increment(key: string, by: number, expiresAtMs: number): Promise<number>
  /** Tells every subscriber, this process's own included. A hint: a notice may be lost, or come twice. */
  publish(topic: string, message: string): Promise<void>
  /** Resolves once notices arrive; the function returned ends the subscription. */
  subscribe(topic: string, listener: (message: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}
