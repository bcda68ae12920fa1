import { chmod, mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Config } from './config.ts'
import type { Bundler } from './deployment/index.ts'
import { type BoundVersion, type EgressRule, limits } from './domain/index.ts'
import type { SharedTriggerCache } from './engine/index.ts'
import type { Observer } from './observe.ts'
import type { Programs, RunnerPool, VersionContent } from './runner/index.ts'
import type { DataFolder } from './storage/index.ts'

/** What the pool is opened with, beside its settings. */
export interface PoolParts {
  readonly config: Config
  readonly observer: Observer
  readonly data: Pick<DataFolder, 'runnerFolder'>
  readonly programs: Programs
  readonly cache: SharedTriggerCache
  /** Where actions may connect to unless the settings say so. */
  readonly egress: EgressRule
  /** The port on loopback where debuggers reach actions, in one process that nothing keeps in; 0 is any. Absent where they may not. */
  readonly inspectPort?: number
  /** Whether somebody watches each exchange: actions' whole console output comes back then, and whose turn it was when one is lost. */
  readonly isWatched: boolean
  /** Runs of their own at a time, and how many may wait for theirs; few, unless given. */
  readonly once?: { readonly atOnce: number; readonly waiting: number }
  readonly content: (version: BoundVersion) => Promise<VersionContent>
}

/** The pool, and what stands around its processes. */
export interface OpenedPool {
  readonly pool: RunnerPool
  /** The layers of the system that hold, in one line; those that do not, each with its reason. */
  readonly hardening: string
  /** Whether actions run as root: the server does, and nothing was found or set to change that. */
  readonly isRoot: boolean
}

const watchedConsoleCharacters = 32 * 1024

/** The programs that run beside the server, made once; what an earlier server left of its groups is gone. */
export async function openPrograms({ path, runnerFolder }: DataFolder): Promise<Programs> {
  const { buildPrograms, clearGroupFolders } = await import('./runner/index.ts')
  await clearGroupFolders(runnerFolder)
  // A server of root's may run actions as another user, who passes through to its own files and sees nothing else there: every other file is
  // its owner's alone, and no folder tells its names.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  for (const folder of [path, runnerFolder]) await chmod(folder, mode)
  return buildPrograms(runnerFolder)
}

/** Opens the pool of sandboxed processes as the settings say: the part of composing that `runner` needs. */
export async function openPool(parts: PoolParts): Promise<OpenedPool> {
  const { config, observer, data, programs, cache, egress, isWatched, inspectPort, once, content } = parts
  const { demandHardening, describeLayers, Inspector, probeHardening, RunnerPool } = await import('./runner/index.ts')
  const { runnerHardening, runnerUid } = config
  const { runnerFolder } = data
  // At once: one that is taken stops the start.
  const inspector = inspectPort === undefined ? undefined : await Inspector.open(inspectPort, Date.now)
  // Looked into by the user that actions run as, to see whether it can.
  const probeFolder = join(runnerFolder, 'probe')
  await mkdir(probeFolder, { recursive: true })
  await chmod(probeFolder, 0o755)
  const found =
    runnerHardening === 'off' || inspector !== undefined
      ? undefined
      : await probeHardening({
          node: process.execPath,
          launcher: programs.launcher,
          folder: probeFolder,
          ...(runnerUid === undefined ? {} : { uid: runnerUid }),
        })
  const hardening = found === undefined ? undefined : demandHardening(runnerHardening, found)
  const { log, counters } = observer
  const pool = new RunnerPool({
    root: runnerFolder,
    program: programs.child,
    spawnerProgram: programs.spawner,
    ...(inspector === undefined
      ? { isolation: config.runnerIsolation, maxProcesses: config.runnerMaxProcesses ?? availableParallelism() }
      : { isolation: 'trigger', maxProcesses: 1, standsAlone: true, inspector }),
    limits: {
      node: process.execPath,
      heapMiB: config.runnerHeapMib,
      memoryMiB: config.runnerMemoryMib,
      stuckMs: config.runnerStuckMs,
      egress: config.runnerEgress ?? egress,
      consoleCharacters: isWatched ? watchedConsoleCharacters : limits.consoleKeptCharacters,
      ...(runnerUid === undefined ? {} : { uid: runnerUid }),
      ...(hardening === undefined ? {} : { hardening }),
    },
    inFlight: config.runnerInFlight,
    queue: config.runnerQueue,
    ...(once !== undefined && { once }),
    cache,
    clock: Date.now,
    graceMs: config.executionDeadlineMs,
    tellsTurns: isWatched,
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
  const uid = hardening?.uid ?? runnerUid ?? process.getuid?.()
  return { pool, hardening: hardening === undefined ? 'hardening: off' : describeLayers(hardening), isRoot: uid === 0 }
}

/** Opens what builds the npm packages of actions, as the settings say. */
export async function openBundler(
  config: Config,
  { bundlesFolder, buildFolder }: Pick<DataFolder, 'bundlesFolder' | 'buildFolder'>,
  { trial }: Pick<Programs, 'trial'>,
): Promise<Bundler> {
  const { openNpmBundler } = await import('./deployment/index.ts')
  return openNpmBundler({
    root: bundlesFolder,
    scratch: buildFolder,
    ...(config.actionsRegistry === undefined ? {} : { registry: config.actionsRegistry }),
    ...(config.nodeExtraCaCerts === undefined ? {} : { registryCertificates: config.nodeExtraCaCerts }),
    node: process.execPath,
    trial,
    heapMiB: config.runnerHeapMib,
    deadlineMs: config.buildDeadlineMs,
    treeBytes: config.buildTreeMib * 1_048_576,
    clock: Date.now,
  })
}
