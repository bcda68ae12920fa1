/**
 * What is logged goes where the tenant's log streams say: at least once, in order, from the log itself and never from a queue, so that a receiver
 * that is gone costs nothing but the wait for it. Decides when to try again and when to give up. Never changes what is logged, and no
 * exchange ever waits for it.
 */
export type { LogStreamPorts } from './delivery.ts'
export { type LogStreamReach, type LogStreams, openLogStreams } from './streams.ts'
