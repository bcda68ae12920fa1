import { chmod } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Config } from './config.ts'
import { type BoundVersion, type EgressRule, limits } from './domain/index.ts'
import type { SharedTriggerCache } from './engine/index.ts'
import type { Observer } from './observe.ts'
import type { RunnerPool, VersionContent } from './runner/index.ts'
import type { DataFolder } from './storage/index.ts'

/** What the pool is opened with, beside its settings. */
export interface PoolParts {
  readonly config: Config
  readonly observer: Observer
  readonly data: DataFolder
  readonly cache: SharedTriggerCache
  /** Where actions may connect to unless the settings say so. */
  readonly egress: EgressRule
  /** Whether somebody watches each exchange: actions' whole console output comes back then. */
  readonly isWatched: boolean
  readonly content: (version: BoundVersion) => Promise<VersionContent>
}

const watchedConsoleCharacters = 32 * 1024

/** Opens the pool of sandboxed processes as the settings say: the part of composing that `runner` needs. */
export async function openPool({
  config,
  observer,
  data,
  cache,
  egress,
  isWatched,
  content,
}: PoolParts): Promise<RunnerPool> {
  const { buildPrograms, clearGroupFolders, RunnerPool } = await import('./runner/index.ts')
  const [programs] = await Promise.all([buildPrograms(data.runnerFolder), clearGroupFolders(data.runnerFolder)])
  // Another user may pass through the data folder to its own files, and see nothing else there: every file is its owner's alone.
  if (config.runnerUid !== undefined) await chmod(data.path, 0o711)
  const { log, counters } = observer
  return new RunnerPool({
    root: data.runnerFolder,
    program: programs.child,
    spawnerProgram: programs.spawner,
    isolation: config.runnerIsolation,
    maxProcesses: config.runnerMaxProcesses ?? availableParallelism(),
    limits: {
      node: process.execPath,
      heapMiB: config.runnerHeapMib,
      memoryMiB: config.runnerMemoryMib,
      stuckMs: config.runnerStuckMs,
      egress: config.runnerEgress ?? egress,
      consoleCharacters: isWatched ? watchedConsoleCharacters : limits.consoleKeptCharacters,
      ...(config.runnerUid === undefined ? {} : { uid: config.runnerUid }),
    },
    inFlight: config.runnerInFlight,
    queue: config.runnerQueue,
    cache,
    clock: Date.now,
    graceMs: config.executionDeadlineMs,
    content,
    events: {
      onSpawn: (pid) => {
        counters.runner.spawned += 1
        log.debug({ child_pid: pid }, 'a process for the actions stands ready')
      },
      onEnd: (reason) => {
        counters.runner.killed += 1
        log.warn({ reason }, 'a process of the actions is gone; another takes its place')
      },
      onBreaker: (actions, pauseMs) =>
        log.error(
          { actions, pauseMs },
          'the processes of these actions keep ending; until another is tried, their exchanges fail at once',
        ),
      onLate: (action, what) => log.warn({ action, what }, 'an action did something after its handler had settled'),
      onDefect: (error) => log.error({ err: error }, 'no process for the actions could be started'),
    },
  })
}
