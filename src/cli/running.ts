import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Config } from '../config.ts'
import { CommandFault, exitStatus } from './exit.ts'

/** What keeps a server from starting is its user's to mend: one sentence that says how. */
export function startFault(error: unknown, config: Pick<Config, 'port' | 'tlsPort'>): CommandFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const port = error instanceof Error && 'port' in error ? error.port : undefined
  const flag = port === config.tlsPort ? '--tls-port' : port === config.port ? '--port' : '--inspect'
  if (code === 'EADDRINUSE')
    return new CommandFault(`port ${port} is taken: stop what listens there, or give another one with ${flag}`)
  // Opening a port and reading a file fail by the same code.
  if (code === 'EACCES' && port !== undefined)
    return new CommandFault(`port ${port} may not be used by this user: give one above 1023 with ${flag}`)
  return new CommandFault(error instanceof Error ? error.message : String(error), { cause: error })
}

/** Bytes of heap beyond which a reading has left enough behind to be worth collecting: a server at rest holds a fifth of it. */
const largeHeapBytes = 128 * 1_048_576

/**
 * Collects what reading a large tenant left behind, many times what is kept of it: nothing else would for a long time, and each small
 * collection looks through all of it. Takes a tenth of a second then, a fraction of the reading; does nothing after a small one.
 */
export function collectAfterReading(): void {
  if (getHeapStatistics().used_heap_size < largeHeapBytes) return
  // The one way to ask without a flag on the command line.
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof collect === 'function') Reflect.apply(collect, undefined, [])
}

/** Milliseconds within which a repeated signal is the same one: a terminal and npm both pass Ctrl-C on. */
const sameSignalMs = 1_000

/** Resolves at the first SIGINT or SIGTERM. A later one ends the process at once, whatever it still holds. */
export function stopSignal(): Promise<void> {
  return new Promise((resolveSignal) => {
    let firstAt: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        firstAt ??= performance.now()
        if (performance.now() - firstAt > sameSignalMs) process.exit(exitStatus.failed)
        resolveSignal()
      })
    }
  })
}
