/**
 * The short program that a sandboxed process begins as: sets what the kernel can add around it, then becomes Node itself. Invariants:
 *
 * 1. Everything asked for is set, or nothing is started. Only a report goes on without what could not be set, and says so.
 * 2. Folders are named before the user is changed: another user may not see them, and Landlock asks for no right to name one.
 * 3. The parent's death is asked about after the user is changed, which forgets it.
 * 4. The filter comes last: from then on only the one start of Node is left.
 * 5. Layers hold for the thread that sets them. The start of Node ends every other thread.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, writeSync } from 'node:fs'
import { openAbstractSocket, tryForbidden } from './checks.ts'
import { buildFilter } from './filter.ts'
import { cString, type Kernel, openKernel } from './kernel.ts'
import { createRuleset, landlockVersion, landlockVersions, type Ruleset, restrict, whyNoLandlock } from './landlock.ts'
import { keptDescriptor, type LaunchOrder, type Layer, type LayerName, launchFailedStatus } from './order.ts'
import { readableSystemFiles, runningProgram, writableSystemFiles } from './paths.ts'
import { isProcessor, type Processor, type SystemCall, systemCall } from './syscalls.ts'

// Linux, `include/uapi/linux/{prctl,capability,close_range,fcntl,seccomp}.h` and `asm-generic/resource.h`
const setParentDeathSignal = 1
const setNoNewPrivileges = 38
const sigkill = 9
const capabilityVersion = 0x20080522
const closeRangeOnExec = 4
const setDescriptorFlags = 2
const closeOnExec = 1
const filterMode = 1
const resources = { fileSize: 1, data: 2, core: 4, processes: 6, descriptors: 7, messageQueues: 12 } as const

const mostDescriptors = 4_096
/** Threads of all processes of one user; each process has about eleven. Set only for a user of its own. */
const mostThreads = 4_096

interface Machine {
  readonly order: LaunchOrder
  readonly kernel: Kernel
  readonly processor: Processor
}

function launch(order: LaunchOrder): never {
  const parent = order.parent ?? process.ppid
  const kernel = openKernel(order.koffi)
  const processor = process.arch
  if (!isProcessor(processor)) throw new Error(`the system calls of ${processor} are not known here`)
  const machine: Machine = { order, kernel, processor }
  const call = (name: SystemCall) => systemCall(name, processor)
  const abstractSocket = order.reports ? openAbstractSocket(kernel, processor) : new Uint8Array()
  const report = new Map<LayerName, Layer>()

  /** Does something for the layers of these that are wanted. In a report one that fails leaves them out. */
  const attempt = <T>(names: readonly LayerName[], how: () => T): T | undefined => {
    const asked = names.filter((name) => order.layers.includes(name) && !report.has(name))
    if (asked.length === 0) return undefined
    try {
      return how()
    } catch (error) {
      if (!order.reports) throw error
      const why = error instanceof Error ? error.message : String(error)
      for (const name of asked) report.set(name, { active: false, why })
      return undefined
    }
  }
  /** Sets layers that are set together; in a report each is then tried. */
  const set = (names: readonly LayerName[], how: () => void): void => {
    attempt(names, how)
    if (!order.reports) return
    for (const name of names) {
      if (!order.layers.includes(name) || report.has(name)) continue
      const hole = tryForbidden(kernel, processor, name, { abstractSocket, uid: order.uid })
      report.set(name, hole === undefined ? { active: true } : { active: false, why: `it was set, but ${hole}` })
    }
  }

  const landlock = prepareLandlock(machine, (name, why) => {
    if (!order.reports) throw new Error(why)
    report.set(name, { active: false, why })
  })
  const ruleset = attempt(landlock, () => makeRuleset(machine, landlock))
  set(['ownUser'], () => changeUser(order.uid))
  set(['parentDeath'], () => {
    kernel.demand('a signal at the death of the parent', call('prctl'), setParentDeathSignal, sigkill, 0, 0, 0)
    // It may have died before that, and then no signal comes.
    if (process.ppid !== parent) throw new Error('the parent is gone')
  })
  set(['noNewPrivileges'], () => {
    dropCapabilities(machine)
    kernel.demand('no new privileges', call('prctl'), setNoNewPrivileges, 1, 0, 0, 0)
  })
  keepDescriptors(machine, ruleset?.pinned ?? [])
  if (ruleset !== undefined) set(landlock, () => restrict(kernel, processor, ruleset))
  set(['resourceLimits'], () => limitResources(machine))
  const execveCookie = randomBytes(8).readBigUInt64LE()
  set(['seccomp'], () => {
    const hasNetwork = order.connectPorts === 'all' || order.connectPorts.length > 0
    const filter = buildFilter({ processor, pid: process.pid, execveCookie, hasNetwork })
    const program = Buffer.alloc(16)
    program.writeUInt16LE(filter.length / 8, 0)
    program.writeBigUInt64LE(kernel.address(filter), 8)
    kernel.demand('a filter of system calls', call('seccomp'), filterMode, 0, program)
  })
  // Whoever probes reads it; in a launch nobody listens there.
  if (order.reports) writeSync(1, `${JSON.stringify(Object.fromEntries(report))}\n`)
  become(machine, execveCookie)
}

/** Which of the wanted Landlock layers this kernel has. */
function prepareLandlock(
  { order, kernel, processor }: Machine,
  isMissing: (name: LayerName, why: string) => void,
): readonly LayerName[] {
  const version = landlockVersion(kernel, processor)
  const sinceLinux = { files: '5.13', ports: '6.7', signals: '6.12' } as const
  const parts = [
    ['landlockFiles', 'files'],
    ['landlockPorts', 'ports'],
    ['landlockSignals', 'signals'],
  ] as const
  const present: LayerName[] = []
  for (const [name, part] of parts) {
    if (!order.layers.includes(name)) continue
    if (version >= landlockVersions[part]) present.push(name)
    else if (version === 0) isMissing(name, whyNoLandlock(kernel, processor))
    else
      isMissing(name, `Landlock rules ${version} of this kernel do not cover ${part} (Linux ${sinceLinux[part]} does)`)
  }
  return present
}

function makeRuleset({ order, kernel, processor }: Machine, layers: readonly LayerName[]): Ruleset {
  const { loaders, libraryFolders } = runningProgram()
  return createRuleset(kernel, processor, landlockVersion(kernel, processor), {
    files: layers.includes('landlockFiles'),
    ports: layers.includes('landlockPorts'),
    signals: layers.includes('landlockSignals'),
    executable: [order.node, ...loaders],
    readable: [...order.readable, ...libraryFolders, ...readableSystemFiles()],
    writable: writableSystemFiles,
    connectPorts: order.connectPorts,
  })
}

function changeUser(uid: number | undefined): void {
  if (uid === undefined) throw new Error('no user is given')
  process.setgroups?.([])
  process.setgid?.(uid)
  process.setuid?.(uid)
}

/** Root without its powers too: what it could do by them outlives a change of files and ports. */
function dropCapabilities({ kernel, processor }: Machine): void {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(capabilityVersion, 0)
  kernel.demand('to give up capabilities', systemCall('capset', processor), header, Buffer.alloc(24))
}

/** Leaves the new program its standard streams and its socket, which Node marks as its own when it starts, and nothing that could be read. */
function keepDescriptors({ kernel, processor }: Machine, pinned: readonly number[]): void {
  const mark = (descriptor: number, flags: number) =>
    kernel.call(systemCall('fcntl', processor), descriptor, setDescriptorFlags, flags)
  const first = keptDescriptor + 1
  const last = 0xffffffff
  if (kernel.call(systemCall('close_range', processor), first, last, closeRangeOnExec) < 0) {
    // Before Linux 5.11.
    for (const name of readdirSync('/proc/self/fd')) if (Number(name) >= first) mark(Number(name), closeOnExec)
  }
  for (let descriptor = 0; descriptor < first; descriptor += 1) mark(descriptor, 0)
  for (const descriptor of pinned) mark(descriptor, 0)
}

function limitResources({ order, kernel, processor }: Machine): void {
  const limits: readonly (readonly [resource: number, most: number])[] = [
    [resources.core, 0],
    [resources.fileSize, 0],
    [resources.messageQueues, 0],
    [resources.descriptors, mostDescriptors],
    ...(order.layers.includes('ownUser') ? [[resources.processes, mostThreads] as const] : []),
    ...(order.dataBytes === undefined ? [] : [[resources.data, order.dataBytes] as const]),
  ]
  for (const [resource, most] of limits) {
    const limit = Buffer.alloc(16)
    const number = systemCall('prlimit64', processor)
    kernel.demand('to read a resource limit', number, 0, resource, 0, limit)
    const present = limit.readBigUInt64LE(8)
    const next = present < BigInt(most) ? present : BigInt(most)
    limit.writeBigUInt64LE(next, 0)
    limit.writeBigUInt64LE(next, 8)
    kernel.demand('a resource limit', number, 0, resource, limit, 0)
  }
}

/** Becomes the Node of the order: the same process, another program. */
function become({ order, kernel, processor }: Machine, execveCookie: bigint): never {
  const strings: Buffer[] = []
  const array = (texts: readonly string[]) => {
    const pointers = Buffer.alloc((texts.length + 1) * 8)
    texts.forEach((text, index) => {
      const string = cString(text)
      strings.push(string)
      pointers.writeBigUInt64LE(kernel.address(string), index * 8)
    })
    return pointers
  }
  const argv = array([order.node, ...order.args])
  const env = array(Object.entries(order.env).map(([name, value]) => `${name}=${value}`))
  const result = kernel.call(systemCall('execve', processor), cString(order.node), argv, env, execveCookie)
  throw new Error(`${order.node} cannot be started (error ${-result})`)
}

try {
  launch(JSON.parse(process.argv[2] ?? ''))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(launchFailedStatus)
}
