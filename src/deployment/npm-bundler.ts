import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ActionDependency, Bundle } from '../domain/index.ts'
import { type BuildProcess, failedBuild, startBuild } from './build-process.ts'
import { findDependencyFaults } from './bundle-dependencies.ts'
import type { BuildJob, BuildResult } from './bundle-job.ts'
import { type Build, type BuildRequest, type Bundler, type BundlerOptions, serverStopped } from './bundler.ts'

export type { Build, Bundler, BundlerOptions } from './bundler.ts'

const longestTrialMs = 10_000

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
  #process: BuildProcess | undefined
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
    this.#process?.end(closed())
    await this.#last
  }

  #inTurn<R>(run: () => Promise<R>): Promise<R> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #build({ code, dependencies, runtime, earlier }: BuildRequest, onStatus: OnStatus): Promise<Build> {
    onStatus('building')
    const wanted = Object.fromEntries(dependencies.map(({ name, version }) => [name, version.trim() || 'latest']))
    const from = { code, dependencies: wanted, ...(earlier !== undefined && { earlier }) }
    const result = await this.#run(runtime, from, () => onStatus('packaged'))
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
    const { root, scratch, node, trial, heapMiB, treeBytes, deadlineMs, registryCertificates } = this.#options
    // A package that hangs must not take the whole build with it.
    const trialMs = Math.min(longestTrialMs, deadlineMs / 5)
    const work = join(scratch, `build-${randomUUID()}`)
    await mkdir(work)
    try {
      const registry = await this.#configuredRegistry().catch(() => undefined)
      if (registry === undefined) return registryUnknown()
      if (this.#closed) return closed()
      const cache = join(scratch, 'npm-cache')
      const job = {
        ...{ work, cache, root, registry, node, trial, heapMiB, trialMs, runtime, treeBytes, from },
        ...(registryCertificates !== undefined && { registryCertificates }),
      }
      this.#process = startBuild(job, deadlineMs, onPackaged)
      const result = await this.#process.result
      if (result.kind === 'built' && result.folder !== undefined) await this.#place(result.folder, result.hash)
      return result
    } finally {
      this.#process = undefined
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

function registryUnknown(): BuildResult {
  return failedBuild('registry_unknown', 'npm did not say which registry it is configured with. Set ACTIONS_REGISTRY.')
}

function closed(): BuildResult {
  return failedBuild(serverStopped, 'The server was stopped before the build was done. Build it again.')
}
