import type { Config } from '../config.ts'
import { CommandFault, exitStatus } from './exit.ts'

/** What keeps a server from starting is its user's to mend: one sentence that says how. */
export function startFault(error: unknown, { port }: Config): CommandFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new CommandFault(`port ${port} is taken: stop what listens there, or give another one with --port`)
  if (code === 'EACCES')
    return new CommandFault(`port ${port} may not be used by this user: give one above 1023 with --port`)
  return new CommandFault(error instanceof Error ? error.message : String(error), { cause: error })
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
