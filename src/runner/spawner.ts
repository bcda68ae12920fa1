import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { FromSpawner, ToSpawner } from './spawner/messages.ts'

/** What is started: a program, in the folder it may read. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>
  /** The system user it is started as; the server's own when absent. */
  readonly uid?: number
}

/** How a process ended. */
export interface Exit {
  readonly exitCode: number | null
  readonly signal: string | null
}

/** A process that was started, and the socket on its descriptor 3. */
export interface Spawned {
  readonly pid: number
  readonly socket: Socket
  /** Resolves when it has ended; never rejects. */
  readonly exited: Promise<Exit>
  /** Kills it. */
  kill(): void
}

interface Pending {
  resolve(spawned: Spawned): void
  reject(error: Error): void
}

/** One helper process, and what it was asked for. */
interface Helper {
  readonly process: ChildProcess
  readonly pending: Map<number, Pending>
  readonly running: Map<number, { readonly pid: number; exit(exit: Exit): void }>
}

/**
 * Starts sandboxed processes out of a small helper process: starting one copies the page tables of whoever starts it, and the server is
 * large and busy. The helper kills what is left of them should the server be gone, even one that loops and never notices.
 */
export class Spawner {
  readonly #node: string
  readonly #program: string
  readonly #onDefect: (error: Error) => void
  #helper: Helper | undefined
  #lastId = 0
  #isClosed = false

  /**
   * @param program - file of the helper's program
   * @param onDefect - told when the helper is gone; the next start makes another
   */
  constructor(node: string, program: string, onDefect: (error: Error) => void) {
    this.#node = node
    this.#program = program
    this.#onDefect = onDefect
    this.#helper = this.#open()
  }

  /** Starts a process. Rejects when that is not possible. */
  spawn(command: Command): Promise<Spawned> {
    if (this.#isClosed) return Promise.reject(new Error('the pool is closed'))
    this.#helper ??= this.#open()
    const { process, pending } = this.#helper
    this.#lastId += 1
    const id = this.#lastId
    // Whoever waits for a process to start is not done, even with nothing else to do.
    process.channel?.ref()
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject })
      process.send({ id, ...command } satisfies ToSpawner, (error) => {
        if (error === null) return
        pending.delete(id)
        reject(new Error('the helper that starts sandboxed processes cannot be reached', { cause: error }))
      })
    })
  }

  /** The process id of the helper, for whoever counts processes. */
  get pid(): number | undefined {
    return this.#helper?.process.pid
  }

  /** Kills what is left and ends the helper. */
  close(): void {
    this.#isClosed = true
    const helper = this.#helper
    if (helper?.process.connected === true) helper.process.disconnect()
  }

  #open(): Helper {
    const process = spawn(this.#node, ['--max-semi-space-size=1', '--max-old-space-size=32', this.#program], {
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    })
    const helper: Helper = { process, pending: new Map(), running: new Map() }
    process.on('message', (message: FromSpawner, socket: unknown) => this.#take(helper, message, socket))
    process.on('error', () => this.#lose(helper))
    process.on('disconnect', () => this.#lose(helper))
    // It keeps nothing alive: a server that has nothing left to do may end.
    process.unref()
    process.channel?.unref()
    return helper
  }

  #take(helper: Helper, message: FromSpawner, socket: unknown): void {
    const { pending, running } = helper
    const { id } = message
    if ('exitCode' in message) {
      running.get(id)?.exit({ exitCode: message.exitCode, signal: message.signal })
      running.delete(id)
      return
    }
    const started = pending.get(id)
    pending.delete(id)
    if (pending.size === 0) helper.process.channel?.unref()
    if ('failed' in message || !(socket instanceof Socket)) {
      started?.reject(new Error('failed' in message ? message.failed : 'a sandboxed process came without its socket'))
      return
    }
    const { pid } = message
    const exited = new Promise<Exit>((resolve) => running.set(id, { pid, exit: resolve }))
    started?.resolve({
      pid,
      socket,
      exited,
      kill: () => {
        if (running.has(id) && helper.process.connected) helper.process.send({ id, kill: true } satisfies ToSpawner)
      },
    })
  }

  /** The helper is gone, and with it whoever tells how its processes end: they are ended. */
  #lose(helper: Helper): void {
    if (this.#helper !== helper) return
    this.#helper = undefined
    if (!this.#isClosed) this.#onDefect(new Error('the helper that starts sandboxed processes is gone'))
    for (const { reject } of helper.pending.values()) {
      reject(new Error('the helper that starts sandboxed processes is gone'))
    }
    for (const { pid, exit } of helper.running.values()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended already.
      }
      exit({ exitCode: null, signal: 'SIGKILL' })
    }
  }
}
