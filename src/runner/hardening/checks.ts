import { cString, errno, type Kernel } from './kernel.ts'
import type { LayerName } from './order.ts'
import { type Processor, systemCall } from './syscalls.ts'

// Linux, `include/uapi/linux/prctl.h`, `socket.h`, `in.h`
const getParentDeathSignal = 2
const getNoNewPrivileges = 39
const families = { unix: 1, inet: 2 } as const
const stream = 1
const unlistedPort = 2

/** A socket of this machine without a file, made before anything is forbidden: to reach it later is what is tried. */
export function openAbstractSocket(kernel: Kernel, processor: Processor): Uint8Array {
  const name = Buffer.alloc(64)
  name.writeUInt16LE(families.unix, 0)
  name.write(`symbolon-${process.pid}`, 3)
  const socket = kernel.demand('a unix socket', systemCall('socket', processor), families.unix, stream, 0)
  kernel.demand('to bind a unix socket', systemCall('bind', processor), socket, name, name.length)
  kernel.demand('to listen on a unix socket', systemCall('listen', processor), socket, 1)
  return name
}

/**
 * Tries what a layer forbids, right after it was set and before the next one is. Answers with what went through nevertheless;
 * `undefined` when the layer holds.
 */
export function tryForbidden(
  kernel: Kernel,
  processor: Processor,
  layer: LayerName,
  given: { readonly abstractSocket: Uint8Array; readonly uid: number | undefined },
): string | undefined {
  const call = (name: Parameters<typeof systemCall>[0], ...registers: Parameters<Kernel['call']>[1][]) =>
    kernel.call(systemCall(name, processor), ...registers)
  const refusedWith = (error: number, ...results: readonly (readonly [what: string, result: number])[]) =>
    results.find(([, result]) => result !== -error)?.[0]
  const socket = (family: number) => call('socket', family, stream, 0)
  switch (layer) {
    case 'noNewPrivileges':
      return call('prctl', getNoNewPrivileges, 0, 0, 0, 0) === 1 ? undefined : 'it is not set'
    case 'landlockFiles':
      return refusedWith(errno.EACCES, ['the root folder opens', call('openat', -100, cString('/'), 0)])
    case 'landlockPorts': {
      const address = (port: number) => {
        const bytes = Buffer.alloc(16)
        bytes.writeUInt16LE(families.inet, 0)
        bytes.writeUInt16BE(port, 2)
        bytes.writeUInt32BE(0x7f000001, 4)
        return bytes
      }
      return refusedWith(
        errno.EACCES,
        [
          'a port that is not listed can be connected to',
          call('connect', socket(families.inet), address(unlistedPort), 16),
        ],
        ['a port can be bound', call('bind', socket(families.inet), address(0), 16)],
      )
    }
    case 'landlockSignals': {
      const name = given.abstractSocket
      return refusedWith(errno.EPERM, [
        'a unix socket of another process can be connected to',
        call('connect', socket(families.unix), name, name.length),
      ])
    }
    case 'seccomp':
      return refusedWith(
        errno.EPERM,
        ['unshare goes through', call('unshare', 0)],
        ['ptrace goes through', call('ptrace', 0, 0, 0, 0)],
        ['execve goes through', call('execve', 0, 0, 0, 0)],
        ['listen goes through', call('listen', -1, 0)],
      )
    case 'resourceLimits': {
      const limit = Buffer.alloc(16, 0xff)
      const coreSize = 4
      call('prlimit64', 0, coreSize, 0, limit)
      return limit.readBigUInt64LE(8) === 0n ? undefined : 'a core file can still be written'
    }
    case 'parentDeath': {
      const signal = Buffer.alloc(8)
      call('prctl', getParentDeathSignal, signal, 0, 0, 0)
      return signal.readInt32LE(0) === 9 ? undefined : 'no signal is set'
    }
    case 'ownUser':
      return process.getuid?.() === given.uid && process.getgid?.() === given.uid ? undefined : 'the user is unchanged'
  }
}
