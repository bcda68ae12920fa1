import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ActionDependency, Bundle } from '../domain/index.ts'
import { findDependencyFaults } from './bundle-dependencies.ts'
import { type BuildJob, type BuildLine, type BuildResult, buildMessage } from './bundle-job.ts'
import type { Build, BuildRequest, Bundler, BundlerOptions } from './bundler.ts'

export type { Build, Bundler, BundlerOptions } from './bundler.ts'

const builderHeapMiB = 1_024
const outputBytes = 16 * 1024 * 1024
const builder = fileURLToPath(new URL('./builder/main.ts', import.meta.url))

type OnStatus = (status: 'building' | 'packaged') => void

/**
 * Opens a {@link Bundler} that builds with npm and esbuild, in a process of its own that is killed at the deadline with all it started. One
 * build at a time, the others wait; a request that is being built, or waits, is joined. Only the registry's own answers decide what is
 * installed: of this server's environment and of anyone's npm configuration the build sees nothing, but for the registry's address.
 */
export async function openNpmBundler(options: BundlerOptions): Promise<Bundler> {
  await mkdir(options.root, { recursive: true })
  await mkdir(options.scratch, { recursive: true })
  const bundler = new NpmBundler({
    ...options,
    root: await realpath(options.root),
    scratch: await realpath(options.scratch),
  })
  await bundler.clear()
  return bundler
}

interface Joined {
  readonly build: Promise<Build>
  readonly listeners: OnStatus[]
  /** What a late listener has missed. */
  readonly told: ('building' | 'packaged')[]
}

class NpmBundler implements Bundler {
  readonly #options: BundlerOptions
  readonly #joined = new Map<string, Joined>()
  readonly #restores = new Map<string, Promise<string>>()
  #last: Promise<unknown> = Promise.resolve()
  #process: ChildProcess | undefined
  #registry: Promise<string> | undefined
  #closed = false

  constructor(options: BundlerOptions) {
    this.#options = options
  }

  /** Removes what an earlier server left unfinished. */
  async clear(): Promise<void> {
    for (const name of await readdir(this.#options.scratch)) {
      if (name.startsWith('build-')) await rm(join(this.#options.scratch, name), { recursive: true, force: true })
    }
  }

  async build(request: BuildRequest, onStatus?: OnStatus): Promise<Build> {
    const { dependencies } = request
    const errors = findDependencyFaults(dependencies)
    if (errors.length > 0) return { status: 'failed', errors }
    if (dependencies.length === 0) return { status: 'built', dependencies, messages: [] }
    const key = JSON.stringify([request.code, dependencies, request.runtime])
    let joined = this.#joined.get(key)
    if (joined === undefined) {
      const listeners: OnStatus[] = []
      const told: ('building' | 'packaged')[] = []
      const tell: OnStatus = (status) => {
        told.push(status)
        for (const listener of listeners) listener(status)
      }
      const build = this.#inTurn(() => this.#build(request, tell)).finally(() => this.#joined.delete(key))
      joined = { build, listeners, told }
      this.#joined.set(key, joined)
    }
    if (onStatus !== undefined) {
      for (const status of joined.told) onStatus(status)
      joined.listeners.push(onStatus)
    }
    return joined.build
  }

  restore(bundle: Bundle): Promise<string> {
    const { hash } = bundle
    let restore = this.#restores.get(hash)
    if (restore === undefined) {
      restore = this.#restore(bundle).finally(() => this.#restores.delete(hash))
      this.#restores.set(hash, restore)
    }
    return restore
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#kill()
    await this.#last
  }

  #inTurn<R>(run: () => Promise<R>): Promise<R> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #build({ code, dependencies, runtime }: BuildRequest, onStatus: OnStatus): Promise<Build> {
    onStatus('building')
    const wanted = Object.fromEntries(dependencies.map(({ name, version }) => [name, version.trim() || 'latest']))
    const result = await this.#run(runtime, { code, dependencies: wanted }, () => onStatus('packaged'))
    if (result.kind === 'failed') return { status: 'failed', errors: result.errors }
    const { hash, lockfile, specifiers, versions, messages } = result
    return {
      status: 'built',
      bundle: { hash, lockfile, specifiers, runtime, created_at: new Date(this.#options.clock()).toISOString() },
      dependencies: dependencies.map(
        (each): ActionDependency => ({ ...each, version: versions[each.name] ?? each.version }),
      ),
      messages,
    }
  }

  async #restore({ hash, lockfile, specifiers, runtime }: Bundle): Promise<string> {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error(`not the hash of a bundle: ${hash}`)
    const folder = join(this.#options.root, hash)
    if (existsSync(join(folder, 'bundle.json'))) return folder
    const result = await this.#inTurn(() => this.#run(runtime, { lockfile, specifiers }, () => undefined))
    if (result.kind === 'failed') {
      throw new Error(`the bundle ${hash} cannot be made again: ${result.errors.map(({ msg }) => msg).join(' ')}`)
    }
    if (result.hash !== hash)
      throw new Error(`the bundle ${hash} cannot be made again: its lockfile makes ${result.hash}`)
    return folder
  }

  /** Runs one build process and puts the folder it made in its place. */
  async #run(runtime: string, from: BuildJob['from'], onPackaged: () => void): Promise<BuildResult> {
    if (this.#closed) return closed()
    const { root, scratch, node, trial, heapMiB, treeBytes } = this.#options
    const work = join(scratch, `build-${randomUUID()}`)
    await mkdir(work)
    try {
      const registry = await this.#configuredRegistry()
      const cache = join(scratch, 'npm-cache')
      const result = await this.#runProcess(
        { work, cache, root, registry, node, trial, heapMiB, runtime, treeBytes, from },
        onPackaged,
      )
      if (result.kind === 'built' && result.folder !== undefined) await this.#place(result.folder, result.hash)
      return result
    } finally {
      await rm(work, { recursive: true, force: true, maxRetries: 3 })
    }
  }

  /** In one step: a crash leaves no half of a bundle. */
  async #place(folder: string, hash: string): Promise<void> {
    const target = join(this.#options.root, hash)
    try {
      await rename(folder, target)
    } catch (error) {
      // Another server on the same data was first.
      if (!existsSync(join(target, 'bundle.json'))) throw error
    }
  }

  async #runProcess(job: BuildJob, onPackaged: () => void): Promise<BuildResult> {
    if (this.#closed) return closed()
    const { node, deadlineMs } = this.#options
    const process = spawn(node, [`--max-old-space-size=${builderHeapMiB}`, '--no-warnings', builder], {
      cwd: job.work,
      env: { HOME: job.work, PATH: dirname(node) },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group of its own: whatever it starts ends with it.
      detached: true,
    })
    this.#process = process
    let isLate = false
    const deadline = setTimeout(() => {
      isLate = true
      this.#kill()
    }, deadlineMs)
    let result: BuildResult | undefined
    let output = ''
    let errors = ''
    let bytes = 0
    process.stdin.on('error', () => undefined).write(`${JSON.stringify(job)}\n`)
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (errors.length < 4_096) errors += text
    })
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      bytes += text.length
      if (bytes > outputBytes) return this.#kill()
      output += text
      const lines = output.split('\n')
      output = lines.pop() ?? ''
      for (const line of lines) {
        const said: BuildLine = JSON.parse(line)
        if ('step' in said) onPackaged()
        else {
          result = said.result
          this.#kill()
        }
      }
    })
    await new Promise<void>((resolve) => {
      process.on('close', () => resolve())
      process.on('error', (error) => {
        errors += error.message
        resolve()
      })
    })
    clearTimeout(deadline)
    this.#kill()
    this.#process = undefined
    if (result !== undefined) return result
    if (isLate) {
      return failed(
        'build_timed_out',
        `The build took longer than ${deadlineMs} ms and was ended. Declare fewer packages, or try again.`,
      )
    }
    if (this.#closed) return closed()
    return failed('build_ended', `The build ended before it was done: ${errors.trim() || 'without a word'}`)
  }

  #kill(): void {
    const pid = this.#process?.pid
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }

  /** The registry given, or the one npm is configured with where the server runs. */
  #configuredRegistry(): Promise<string> {
    const { registry, node } = this.#options
    if (registry !== undefined) return Promise.resolve(registry)
    this.#registry ??= askNpm(node).catch((error: unknown) => {
      this.#registry = undefined
      throw error
    })
    return this.#registry
  }
}

async function askNpm(node: string): Promise<string> {
  const npm = join(dirname(createRequire(import.meta.url).resolve('npm/package.json')), 'bin', 'npm-cli.js')
  const { stdout } = await promisify(execFile)(node, [npm, 'config', 'get', 'registry'], { timeout: 20_000 })
  return stdout.trim()
}

function failed(id: string, msg: string): BuildResult {
  return { kind: 'failed', errors: [buildMessage(id, msg)] }
}

function closed(): BuildResult {
  return failed('server_stopped', 'The server was stopped before the build was done. Build it again.')
}
