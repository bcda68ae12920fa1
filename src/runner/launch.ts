import { join } from 'node:path'
import type { EgressRule } from '../domain/index.ts'
import { authoritiesFile } from './bundle-folder.ts'
import { type ConnectPorts, type Hardening, launchCommand } from './hardening/hardening.ts'
import { inspectedArgument, observedArgument } from './protocol.ts'
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
  /** Where every connection ends instead, on this machine's loopback, and in PEM whom actions trust beside Node's own. */
  readonly outbound?: { readonly port: number; readonly certificates: string }
  /** What `Date` tells inside, in milliseconds since the epoch; the real time when absent. */
  readonly clockMs?: number
  /** Whether it counts which code runs: without Node's permission model then, which forbids that. For tries alone. */
  readonly isObserved?: boolean
  /** The port on loopback where debuggers reach it: without Node's permission model then too, and without layers around it. For `dev` alone. */
  readonly inspectPort?: number
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

/** From Node 25 on the permission model knows the network, all of it or none: which part of it, the child's program decides (`child/egress.ts`). */
const networkFlag = Number.parseInt(process.versions.node, 10) < 25 ? [] : ['--allow-net']

/** What a sandboxed process finds in its environment, and nothing beside. */
function childEnvironment(folder: string, { outbound }: ProcessLimits): Readonly<Record<string, string>> {
  // Read by Node itself, whichever client an action has; the child's program hides it.
  const trust = outbound === undefined ? {} : { NODE_EXTRA_CA_CERTS: join(folder, authoritiesFile) }
  return { TZ: 'UTC', NODE_ENV: 'production', ...trust }
}

/** A port that name resolution takes where an answer is too long for a datagram. */
const domainPort = 53

/** The TCP ports that a rule can reach: coarser than the rule itself, and held by the kernel. */
function connectPorts({ egress, outbound }: ProcessLimits): ConnectPorts {
  if (outbound !== undefined) return [outbound.port]
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
  const { inspectPort } = limits
  const isOpen = limits.isObserved === true || inspectPort !== undefined
  const nodeFlags = [
    ...(isOpen ? [] : ['--permission', `--allow-fs-read=${folder}/`, ...networkFlag]),
    ...(inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`]),
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
  const env = childEnvironment(folder, limits)
  const command = launchCommand(hardening, {
    node: limits.node,
    nodeFlags,
    program,
    programArguments: [
      ...(limits.isObserved === true ? [observedArgument] : []),
      ...(inspectPort === undefined ? [] : [inspectedArgument]),
    ],
    folder,
    env,
    connectPorts: connectPorts(limits),
    // The resident size is watched; this ends what grows faster than it is looked at, where memory is reserved in one go.
    dataBytes: (limits.memoryMiB * 2 + 128) * 1_048_576,
    ...(parent === undefined ? {} : { parent }),
  })
  return {
    ...(uid === undefined || hardening !== undefined ? {} : { uid }),
    ...command,
    cwd: folder,
    env,
  }
}
