import { isDeepStrictEqual } from 'node:util'
import type { Observer } from '../observe.ts'
import type { Finding, FolderTenant } from '../tenant-folder/index.ts'
import type { DevReading, DevSource } from './dev-source.ts'
import { collectAfterReading } from './running.ts'

/** What following a source's saves works with. */
export interface Following {
  /** Serves what a save came to; answers what keeps it from being built, where something does. */
  readonly serve: (tenant: FolderTenant) => Promise<readonly Finding[]>
  readonly print: (line: string) => void
  readonly observer: Observer
  /** Absolute paths whose changes are not the source's. */
  readonly ignored: readonly string[]
}

/**
 * Reads a source after each save, serves what it says and prints what came of it: that it is live, or every mistake, and then the last good
 * configuration keeps serving. `first` is what is served already. Answers what ends it.
 */
export async function followSaves(
  source: DevSource,
  first: DevReading,
  { serve, print, observer, ignored }: Following,
): Promise<() => Promise<void>> {
  let last: DevReading | undefined = first
  const follow = serially(async () => {
    const reading = await source.read()
    if (isDeepStrictEqual(reading, last)) return
    last = undefined
    for (const warning of reading.warnings) print(`warning: ${warning}`)
    const { tenant } = reading
    const errors = tenant === undefined ? reading.errors : await source.tell(await serve(tenant))
    for (const error of errors) print(`error: ${error}`)
    if (errors.length > 0) {
      print('the last good configuration keeps serving')
      return
    }
    last = reading
    print(`${new Date().toISOString().slice(11, 23)}  ${source.shown} is live`)
  }, observer)
  const stopWatching = await source.watch(
    {
      onChange: follow,
      onError: (error) =>
        observer.log.error({ err: error }, `${source.shown} cannot be watched: restart to see a save`),
    },
    ignored,
  )
  // What was saved between the first reading and now nobody has seen.
  follow()
  return stopWatching
}

/** Runs one change at a time, and again after it if more came meanwhile. */
function serially(work: () => Promise<void>, observer: Observer): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    if (running) {
      again = true
      return
    }
    running = true
    do {
      again = false
      await work().catch((error: unknown) => {
        observer.log.error({ err: error }, 'what was saved cannot be served; the last good configuration keeps serving')
      })
    } while (again)
    running = false
    collectAfterReading()
  }
  return () => {
    run().catch(() => undefined)
  }
}
