import type { Config } from '../config.ts'
import { CommandFault, exitStatus } from './exit.ts'

/** What keeps a server from starting is its user's to mend: one sentence that says how. */
export function startFault(error: unknown, config: Config): CommandFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const isTls = error instanceof Error && 'port' in error && error.port === config.tlsPort
  const [port, flag] = isTls ? [config.tlsPort, '--tls-port'] : [config.port, '--port']
  if (code === 'EADDRINUSE')
    return new CommandFault(`port ${port} is taken: stop what listens there, or give another one with ${flag}`)
  // Opening a port and reading a file fail by the same code.
  if (code === 'EACCES' && error instanceof Error && 'port' in error)
    return new CommandFault(`port ${port} may not be used by this user: give one above 1023 with ${flag}`)
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
