import { errno } from './kernel.ts'
import { auditArchitecture, type Processor, refusedCalls, type SystemCall, systemCall } from './syscalls.ts'

/** What the filter of one process depends on. */
export interface FilterFor {
  readonly processor: Processor
  /** The process itself: the only one it may signal. */
  readonly pid: number
  /** Passed in a register that `execve` does not read: the launcher knows it, and nothing that runs after it does. */
  readonly execveCookie: bigint
  /** Whether it may have internet sockets. */
  readonly hasNetwork: boolean
}

/** Holds when an argument, its low half unless `high`, is one of these numbers under the mask; or is none of them. */
interface Test {
  readonly argument: number
  readonly high?: boolean
  readonly mask?: number
  readonly oneOf?: readonly number[]
  readonly noneOf?: readonly number[]
}

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number]

// Linux, `include/uapi/linux/bpf_common.h` and `seccomp.h`
const code = { load: 0x20, and: 0x54, jumpEqual: 0x15, jumpGreaterOrEqual: 0x35, return: 0x06 } as const
const verdict = { allow: 0x7fff0000, error: 0x00050000, killProcess: 0x80000000 } as const
const offsetOf = { number: 0, architecture: 4, arguments: 16 } as const
/** Numbers from here on are calls of the x32 interface, which no Node uses. */
const x32 = 0x40000000

// Linux, `include/uapi/linux/sched.h`
const cloneThread = 0x00010000
const cloneNamespaces = 0x7e020080
const families = { inet: 2, inet6: 10, netlink: 16 } as const
const protocols = { default: 0, tcp: 6, udp: 17, netlinkRoute: 0 } as const
const socketTypes = { stream: 1, datagram: 2, mask: 0xf } as const
/** Connects while it sends, past the rule for `connect`. */
const fastOpen = 0x20000000
const setParentDeathSignal = 1
// Linux, `include/uapi/asm-generic/{fcntl,ioctls,sockios}.h`: whom a descriptor signals, and typing for a terminal.
const signalOwner = { setOwn: 8, setSignal: 10, setOwnEx: 15 } as const
const controls = { setOwn: 0x8901, setGroup: 0x8902, typeIn: 0x5412, console: 0x541c } as const

const allow: Instruction = [code.return, 0, 0, verdict.allow]
const refuse = (error: number): Instruction => [code.return, 0, 0, verdict.error | error]

/**
 * The seccomp program of a sandboxed process, as the kernel reads it. It lets through what it does not name; what it names fails with
 * an error and does not kill, except calls through another interface of the same processor, under whose numbers nothing here holds.
 */
export function buildFilter({ processor, pid, execveCookie, hasNetwork }: FilterFor): Buffer {
  const { denied, missing } = refusedCalls(processor)
  const low = (value: bigint) => Number(BigInt.asUintN(32, value))
  const on = (name: SystemCall, ...alternatives: readonly (readonly Test[])[]) =>
    judge(systemCall(name, processor), alternatives)
  const internet: readonly Test[] = [
    { argument: 0, oneOf: [families.inet, families.inet6] },
    { argument: 1, mask: socketTypes.mask, oneOf: [socketTypes.stream, socketTypes.datagram] },
    // By name: multipath TCP and SCTP would connect past the rules for TCP.
    { argument: 2, oneOf: [protocols.default, protocols.tcp, protocols.udp] },
  ]
  // How the addresses of this machine are listed, which resolving a name begins with.
  const route: readonly Test[] = [
    { argument: 0, oneOf: [families.netlink] },
    { argument: 2, oneOf: [protocols.netlinkRoute] },
  ]
  const withoutFastOpen = (argument: number): readonly Test[] => [{ argument, mask: fastOpen, oneOf: [0] }]
  const program: readonly Instruction[] = [
    [code.load, 0, 0, offsetOf.architecture],
    [code.jumpEqual, 1, 0, auditArchitecture[processor]],
    [code.return, 0, 0, verdict.killProcess],
    [code.load, 0, 0, offsetOf.number],
    ...(processor === 'x64' ? [[code.jumpGreaterOrEqual, 0, 1, x32] as const, refuse(errno.ENOSYS)] : []),
    // Those that are made all the time come first: only they cannot be answered from the kernel's own memory of the filter.
    ...on('execve', [
      { argument: 3, oneOf: [low(execveCookie)] },
      { argument: 3, high: true, oneOf: [low(execveCookie >> 32n)] },
    ]),
    ...on('clone', [
      { argument: 0, mask: cloneThread, oneOf: [cloneThread] },
      { argument: 0, mask: cloneNamespaces, oneOf: [0] },
    ]),
    ...on('kill', [{ argument: 0, oneOf: [pid] }]),
    ...on('tgkill', [{ argument: 0, oneOf: [pid] }]),
    ...on('prlimit64', [{ argument: 0, oneOf: [0, pid] }]),
    ...on('prctl', [{ argument: 0, noneOf: [setParentDeathSignal] }]),
    ...on('fcntl', [{ argument: 1, noneOf: Object.values(signalOwner) }]),
    ...on('ioctl', [{ argument: 1, noneOf: Object.values(controls) }]),
    ...on('socket', ...(hasNetwork ? [internet, route] : [route])),
    ...on('sendto', withoutFastOpen(3)),
    ...on('sendmsg', withoutFastOpen(2)),
    ...on('sendmmsg', withoutFastOpen(3)),
    ...missing.flatMap((number): Instruction[] => [[code.jumpEqual, 0, 1, number], refuse(errno.ENOSYS)]),
    ...denied.flatMap((number): Instruction[] => [[code.jumpEqual, 0, 1, number], refuse(errno.EPERM)]),
    allow,
  ]
  return encode(program)
}

/** Lets one call through when every test of one alternative holds. */
function judge(number: number, alternatives: readonly (readonly Test[])[]): readonly Instruction[] {
  const body: readonly Instruction[] = [
    ...alternatives.flatMap((tests) => {
      // From the last one: a test that fails jumps over what follows it.
      let following: readonly Instruction[] = [allow]
      for (const test of tests.toReversed()) following = [...compare(test, following.length), ...following]
      return following
    }),
    refuse(errno.EPERM),
  ]
  return [[code.jumpEqual, 0, body.length, number], ...body]
}

function compare({ argument, high, mask, oneOf = [], noneOf }: Test, following: number): readonly Instruction[] {
  const values = noneOf ?? oneOf
  return [
    [code.load, 0, 0, offsetOf.arguments + 8 * argument + (high === true ? 4 : 0)],
    ...(mask === undefined ? [] : [[code.and, 0, 0, mask] as const]),
    ...values.map((value, index): Instruction => {
      const left = values.length - 1 - index
      const isLast = left === 0
      return noneOf === undefined
        ? [code.jumpEqual, left, isLast ? following : 0, value]
        : [code.jumpEqual, left + following, 0, value]
    }),
  ]
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([operation, jumpTrue, jumpFalse, value], index) => {
    bytes.writeUInt16LE(operation, index * 8)
    bytes.writeUInt8(jumpTrue, index * 8 + 2)
    bytes.writeUInt8(jumpFalse, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  })
  return bytes
}
