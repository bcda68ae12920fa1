import { describe, expect, test } from 'vitest'
import { buildFilter } from '../../../src/runner/hardening/filter.ts'
import {
  auditArchitecture,
  type Processor,
  type SystemCall,
  systemCall,
} from '../../../src/runner/hardening/syscalls.ts'

const pid = 4_711
const execveCookie = 0x0123456789abcdefn
const allowed = 'allowed'
const processors = ['x64', 'arm64'] as const

interface Call {
  readonly number: number
  readonly architecture: number
  readonly args: readonly bigint[]
}

/** What the kernel would answer: an interpreter of the few instructions that such a program may have. */
function judge(program: Buffer, call: Call): string {
  const data = Buffer.alloc(64)
  data.writeInt32LE(call.number, 0)
  data.writeUInt32LE(call.architecture, 4)
  call.args.forEach((value, index) => {
    data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index)
  })
  let accumulator = 0
  for (let at = 0; at < program.length / 8; at += 1) {
    const value = program.readUInt32LE(at * 8 + 4)
    const jump = (holds: boolean) => program.readUInt8(at * 8 + (holds ? 2 : 3))
    switch (program.readUInt16LE(at * 8)) {
      case 0x20:
        accumulator = data.readUInt32LE(value)
        break
      case 0x54:
        accumulator = (accumulator & value) >>> 0
        break
      case 0x15:
        at += jump(accumulator === value)
        break
      case 0x35:
        at += jump(accumulator >= value)
        break
      case 0x06:
        if (value === 0x7fff0000) return allowed
        return value === 0x80000000 ? 'killed' : `error ${value & 0xffff}`
      default:
        throw new Error(`an instruction that the kernel refuses, at ${at}`)
    }
  }
  throw new Error('the program ends without a verdict, which the kernel refuses')
}

describe.each(processors)('the filter of system calls on %s', (processor) => {
  function verdict(name: SystemCall, args: readonly (number | bigint)[] = [], hasNetwork = true): string {
    return of(processor, systemCall(name, processor), args, hasNetwork)
  }

  test.for<[SystemCall, (number | bigint)[], string]>([
    ['execve', [1, 2, 3, execveCookie], allowed],
    ['execve', [1, 2, 3, execveCookie & 0xffffffffn], 'error 1'],
    ['execve', [1, 2, 3, execveCookie ^ 1n], 'error 1'],
    ['execve', [1, 2, 3], 'error 1'],
    ['execveat', [], 'error 1'],
    ['clone', [0x3d0f00], allowed],
    ['clone', [17], 'error 1'],
    ['clone', [0x3d0f00 | 0x10000000], 'error 1'],
    ['clone', [0x3d0f00 | 0x20000], 'error 1'],
    ['clone3', [], 'error 38'],
    ['io_uring_setup', [], 'error 38'],
    ['kill', [pid, 9], allowed],
    ['kill', [0, 9], 'error 1'],
    ['kill', [-1, 9], 'error 1'],
    ['kill', [1, 0], 'error 1'],
    ['tgkill', [pid, pid, 6], allowed],
    ['tgkill', [1, 1, 6], 'error 1'],
    ['prlimit64', [0, 7], allowed],
    ['prlimit64', [1, 7], 'error 1'],
    ['prctl', [1, 0], 'error 1'],
    ['prctl', [15, 1], allowed],
    ['socket', [2, 1, 0], allowed],
    ['socket', [10, 0o2000001, 6], allowed],
    ['socket', [2, 2, 17], allowed],
    ['socket', [2, 1, 262], 'error 1'],
    ['socket', [2, 3, 1], 'error 1'],
    ['socket', [10, 5, 132], 'error 1'],
    ['socket', [16, 3, 0], allowed],
    ['socket', [16, 3, 9], 'error 1'],
    ['socket', [1, 1, 0], 'error 1'],
    ['socket', [17, 3, 0], 'error 1'],
    ['sendto', [4, 1, 1, 0x4000], allowed],
    ['sendto', [4, 1, 1, 0x20004000], 'error 1'],
    ['sendmsg', [4, 1, 0x20000000], 'error 1'],
    ['sendmmsg', [4, 1, 1, 0x20000000], 'error 1'],
    ['fcntl', [4, 2, 1], allowed],
    ['fcntl', [4, 8, 1], 'error 1'],
    ['fcntl', [4, 15, 1], 'error 1'],
    ['ioctl', [4, 0x5421], allowed],
    ['ioctl', [4, 0x5412], 'error 1'],
    ['ioctl', [4, 0x8901], 'error 1'],
    ['fchmodat', [], 'error 1'],
    ['ptrace', [], 'error 1'],
    ['unshare', [], 'error 1'],
    ['listen', [], 'error 1'],
    ['connect', [], allowed],
    ['bind', [], allowed],
    ['openat', [], allowed],
  ])('%s(%s): %s', ([name, args, expected]) => {
    expect(verdict(name, args)).toBe(expected)
  })

  test('without a network no internet socket is made, and addresses can still be listed', () => {
    expect(
      [
        [2, 1, 0],
        [10, 2, 0],
        [16, 3, 0],
      ].map((args) => verdict('socket', args, false)),
    ).toEqual(['error 1', 'error 1', allowed])
  })

  test('a call by the numbers of another processor ends the process', () => {
    const program = buildFilter({ processor, pid, execveCookie, hasNetwork: true })
    for (const architecture of [0x40000003, 0x40000028, auditArchitecture[processor === 'x64' ? 'arm64' : 'x64']]) {
      expect(judge(program, { number: 0, architecture, args: [] })).toBe('killed')
    }
  })
})

test('on x64 a call through the x32 interface is said not to exist', () => {
  expect(of('x64', 0x40000000 + 101, [], true)).toBe('error 38')
})

function of(processor: Processor, number: number, args: readonly (number | bigint)[], hasNetwork: boolean): string {
  const program = buildFilter({ processor, pid, execveCookie, hasNetwork })
  return judge(program, { number, architecture: auditArchitecture[processor], args: args.map(BigInt) })
}
