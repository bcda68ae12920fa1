import { type ChildProcess as NodeChildProcess, spawn } from 'node:child_process'

/** Remembers process ids until its input ends, however that comes about, and then kills those that are left. */
const script = `
pids=
while read -r sign pid; do
  case $sign in
    +) pids="$pids $pid" ;;
    -) left=; for each in $pids; do [ "$each" = "$pid" ] || left="$left $each"; done; pids=$left ;;
  esac
done
for each in $pids; do kill -9 "$each"; done`

/**
 * Ends sandboxed processes whose server is gone. One that is idle ends by itself when its socket closes; one that loops never notices.
 * A shell that waits on a pipe which only the server holds: the system closes it, even when the server was killed.
 */
export class Watchdog {
  readonly #process: NodeChildProcess

  /** @param onFailure - told when there is no shell to start: loops may then outlive the server. */
  constructor(onFailure: (error: Error) => void) {
    this.#process = spawn('/bin/sh', ['-c', script], { env: {}, stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#process.on('error', (cause) => onFailure(new Error('the watchdog of sandboxed processes is gone', { cause })))
    this.#process.stdin?.on('error', () => undefined)
    // It keeps nothing alive: a server that has nothing left to do may end.
    this.#process.unref()
    const { stdin } = this.#process
    if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  }

  /** A process has started. */
  add(pid: number | undefined): void {
    if (pid !== undefined) this.#process.stdin?.write(`+ ${pid}\n`)
  }

  /** A process has ended: its id may soon be another's. */
  remove(pid: number | undefined): void {
    if (pid !== undefined) this.#process.stdin?.write(`- ${pid}\n`)
  }

  /** Kills what is left and ends. */
  close(): void {
    this.#process.stdin?.end()
  }
}
