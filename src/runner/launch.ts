import type { EgressRule } from '../domain/index.ts'
import type { Command } from './spawner.ts'

/** How a process is started and held to its limits. */
export interface ProcessLimits {
  /** Path of the Node that runs actions. */
  readonly node: string
  readonly heapMiB: number
  readonly memoryMiB: number
  /** Milliseconds without an answer after which a process counts as stuck. */
  readonly stuckMs: number
  /** Characters of console output an action's outcome carries. */
  readonly consoleCharacters: number
  /** Where actions may connect to; anywhere when absent. */
  readonly egress?: EgressRule
  /** The system user actions run as; the server's own when absent. */
  readonly uid?: number
}

/** The command that starts the child's program in a folder which is all it may read. @see Node.js documentation, "Permissions" */
export function launchCommand(program: string, folder: string, limits: ProcessLimits): Command {
  const flags = [
    '--permission',
    `--allow-fs-read=${folder}/`,
    '--no-addons',
    // Fresh memory is that of an earlier message otherwise.
    '--zero-fill-buffers',
    // It opens files past the permission model.
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--no-warnings',
    `--max-old-space-size=${limits.heapMiB}`,
  ]
  const { uid } = limits
  return { file: limits.node, args: [...flags, program], cwd: folder, ...(uid === undefined ? {} : { uid }) }
}
