import { closeSync, existsSync, statSync } from 'node:fs'
import { cString, errno, type Kernel } from './kernel.ts'
import type { ConnectPorts } from './order.ts'
import { type Processor, systemCall } from './syscalls.ts'

/** What a process behind Landlock may still do. */
export interface LandlockRules {
  readonly files: boolean
  readonly ports: boolean
  readonly signals: boolean
  /** Files that may be run as programs, which includes reading them. */
  readonly executable: readonly string[]
  /** Folders, with all below them, and files that may be read. What does not exist is left out. */
  readonly readable: readonly string[]
  /** Files that may be written to. */
  readonly writable: readonly string[]
  readonly connectPorts: ConnectPorts
}

/** First versions of the interface. @see Linux, `Documentation/userspace-api/landlock.rst`, "Previous limitations" */
export const landlockVersions = { files: 1, ports: 4, signals: 6 } as const

// Linux, `include/uapi/linux/landlock.h`
const rights = { execute: 1n << 0n, writeFile: 1n << 1n, readFile: 1n << 2n, readDir: 1n << 3n, truncate: 1n << 14n }
/** How many of the rights on files each version knows; a later one at least as many as the last here. */
const fileRightsBySince: readonly (readonly [version: number, count: number])[] = [
  [1, 13],
  [2, 14],
  [3, 15],
  [5, 16],
]
const ports = { bind: 1n << 0n, connect: 1n << 1n } as const
const scopes = { abstractUnixSockets: 1n << 0n, signals: 1n << 1n } as const
const ruleTypes = { pathBeneath: 1, netPort: 2 } as const
const versionFlag = 1
/** The right to connect to a unix socket by its path, which the newest kernels know. One that does not refuses the bit. */
const resolveUnix = 1n << 16n

/** The version of Landlock that runs here; 0 when it is not built in, or not enabled at boot. */
export function landlockVersion(kernel: Kernel, processor: Processor): number {
  return Math.max(0, kernel.call(systemCall('landlock_create_ruleset', processor), 0, 0, versionFlag))
}

/** Why Landlock is not there, in a sentence that says what to do. */
export function whyNoLandlock(kernel: Kernel, processor: Processor): string {
  const result = kernel.call(systemCall('landlock_create_ruleset', processor), 0, 0, versionFlag)
  if (result === -errno.EOPNOTSUPP)
    return 'Landlock is built into this kernel but not enabled: add "landlock" to the lsm= list of its command line'
  if (result === -errno.ENOSYS) return 'this kernel has no Landlock (it came with Linux 5.13)'
  if (result === -errno.EPERM)
    return 'a filter of system calls forbids Landlock here, as those of old container runtimes do: update it, or let it through'
  return `Landlock cannot be used here (error ${-result})`
}

/** Rules the kernel has taken, not yet in force. */
export interface Ruleset {
  readonly descriptor: number
  /** Descriptors that must stay open for the rules to go on meaning something; they name files and read none. */
  readonly pinned: readonly number[]
}

/** Makes a ruleset, which {@link restrict} puts in force. Throws when the kernel does not take a rule. */
export function createRuleset(kernel: Kernel, processor: Processor, version: number, rules: LandlockRules): Ruleset {
  const known = fileRightsBySince.filter(([since]) => since <= version).at(-1)?.[1] ?? 0
  const files = rules.files ? (1n << BigInt(known)) - 1n : 0n
  const net = rules.ports ? ports.bind | (rules.connectPorts === 'all' ? 0n : ports.connect) : 0n
  const scoped = rules.signals ? scopes.abstractUnixSockets | scopes.signals : 0n
  const create = (handled: bigint) => {
    const attributes = Buffer.alloc(24)
    attributes.writeBigUInt64LE(handled, 0)
    attributes.writeBigUInt64LE(net, 8)
    attributes.writeBigUInt64LE(scoped, 16)
    // An older kernel refuses what is longer than the structure it knows.
    const size = version >= landlockVersions.signals ? 24 : version >= landlockVersions.ports ? 16 : 8
    return kernel.call(systemCall('landlock_create_ruleset', processor), attributes, size, 0)
  }
  const newest = rules.files ? create(files | resolveUnix) : -errno.EINVAL
  const ruleset = newest >= 0 ? newest : create(files)
  if (ruleset < 0) throw new Error(`the kernel refuses a Landlock ruleset (error ${-ruleset})`)
  const add = (type: number, attributes: Uint8Array) =>
    kernel.demand('a Landlock rule', systemCall('landlock_add_rule', processor), ruleset, type, attributes, 0)
  const pinned: number[] = []
  const allow = (path: string, granted: bigint) => {
    if (!existsSync(path)) return
    // Only a folder can hold what the other rights are about.
    const fitting = statSync(path).isDirectory() ? granted : granted & ~rights.readDir
    const descriptor = openPath(kernel, processor, path)
    const attributes = Buffer.alloc(12)
    attributes.writeBigUInt64LE(fitting & files, 0)
    attributes.writeInt32LE(descriptor, 8)
    add(ruleTypes.pathBeneath, attributes)
    // The files of this folder are made anew when memory was short, unless somebody holds them: a rule is about the one it was given.
    if (path.startsWith('/proc/')) pinned.push(descriptor)
    else closeSync(descriptor)
  }
  if (rules.files) {
    for (const path of rules.executable) allow(path, rights.execute | rights.readFile)
    for (const path of rules.readable) allow(path, rights.readFile | rights.readDir)
    for (const path of rules.writable) allow(path, rights.readFile | rights.writeFile | rights.truncate)
  }
  if (rules.ports && rules.connectPorts !== 'all') {
    for (const port of rules.connectPorts) {
      const attributes = Buffer.alloc(16)
      attributes.writeBigUInt64LE(ports.connect, 0)
      attributes.writeBigUInt64LE(BigInt(port), 8)
      add(ruleTypes.netPort, attributes)
    }
  }
  return { descriptor: ruleset, pinned }
}

/** Puts this thread, and the program it will become, behind a ruleset. Cannot be undone. */
export function restrict(kernel: Kernel, processor: Processor, { descriptor }: Ruleset): void {
  kernel.demand('to be restricted by Landlock', systemCall('landlock_restrict_self', processor), descriptor, 0)
}

/** A descriptor that only names a file: the right to read it is not needed for that. */
function openPath(kernel: Kernel, processor: Processor, path: string): number {
  const pathOnly = 0o10000000
  const closeOnExec = 0o2000000
  const here = -100
  return kernel.demand(`to name ${path}`, systemCall('openat', processor), here, cString(path), pathOnly | closeOnExec)
}
