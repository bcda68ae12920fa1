import { test } from 'vitest'

/** Whether everything runs, and not a slice. */
export const isFull = process.env.SYMBOLON_TEST === 'full'

/** A test of `npm run test:full` alone: `npm test` has others of its kind beside it. */
export function inFull(name: string, body: () => Promise<void>): void {
  if (isFull) test(name, body)
}
