import type { EgressRule } from '../domain/index.ts'
import { type ConnectPorts, type Hardening, launchCommand } from './hardening/hardening.ts'
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
  /** The layers of the system around it; none when absent. */
  readonly hardening?: Hardening
  /** The system user actions run as; the server's own when absent. That of `hardening`, where there is one. */
  readonly uid?: number
}

/**
 * Node's own stores follow asynchronous calls without a hook at every promise. The child's program keeps its context by itself
 * (`child/async-contexts.ts`); what is left to Node is what built-in modules do inside. Node 24 does so without a flag.
 */
const asyncContextFlag = process.version.startsWith('v22.') ? ['--experimental-async-context-frame'] : []

/** What a sandboxed process finds in its environment, and nothing beside. */
const childEnvironment = { TZ: 'UTC', NODE_ENV: 'production' }

/** A port that name resolution takes where an answer is too long for a datagram. */
const domainPort = 53

/** The TCP ports that a rule can reach: coarser than the rule itself, and held by the kernel. */
function connectPorts(egress: EgressRule | undefined): ConnectPorts {
  if (egress?.kind === 'none') return []
  if (egress?.kind !== 'hosts') return 'all'
  const ports = egress.hosts.flatMap(({ port }) => port ?? [])
  return ports.length < egress.hosts.length ? 'all' : [...new Set([...ports, domainPort])]
}

/**
 * The command that starts the child's program in a folder which is all it may read, as a child of the process `parent`.
 *
 * @see Node.js documentation, "Permissions"
 */
export function processCommand(
  program: string,
  folder: string,
  limits: ProcessLimits,
  parent: number | undefined,
): Command {
  const nodeFlags = [
    '--permission',
    `--allow-fs-read=${folder}/`,
    '--no-addons',
    // Fresh memory is that of an earlier message otherwise.
    '--zero-fill-buffers',
    // It opens files past the permission model.
    '--no-experimental-sqlite',
    '--disable-sigusr1',
    '--no-warnings',
    ...asyncContextFlag,
    `--max-old-space-size=${limits.heapMiB}`,
  ]
  const { hardening, uid } = limits
  const command = launchCommand(hardening, {
    node: limits.node,
    nodeFlags,
    program,
    folder,
    env: childEnvironment,
    connectPorts: connectPorts(limits.egress),
    // The resident size is watched; this ends what grows faster than it is looked at, where memory is reserved in one go.
    dataBytes: (limits.memoryMiB * 2 + 128) * 1_048_576,
    ...(parent === undefined ? {} : { parent }),
  })
  return {
    ...(uid === undefined || hardening !== undefined ? {} : { uid }),
    ...command,
    cwd: folder,
    env: childEnvironment,
  }
}
