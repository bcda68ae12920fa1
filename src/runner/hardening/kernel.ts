import { createRequire } from 'node:module'

/** A value for a register: a number, or bytes that are passed by their address. */
export type Register = number | bigint | Uint8Array

/** The parts of `koffi` that are used. */
interface Koffi {
  load(library: null): { func(declaration: string): (...registers: readonly (number | bigint)[]) => number | bigint }
  address(bytes: Uint8Array): bigint
  errno(): number
}

/** Error numbers of Linux, the same on every processor served here. */
export const errno = { EPERM: 1, EACCES: 13, EFAULT: 14, EINVAL: 22, ENOSYS: 38, EOPNOTSUPP: 95 } as const

/** The kernel, called directly: what Node has no function for. */
export interface Kernel {
  /** A system call's result; what it failed with, negated, when it failed. */
  call(number: number, ...registers: readonly Register[]): number
  /** The same; throws, naming `what` and the error, when it failed. */
  demand(what: string, number: number, ...registers: readonly Register[]): number
  /** Where bytes lie, for a structure that points at them. They must be kept until the call is over. */
  address(bytes: Uint8Array): bigint
}

/** Opens the kernel through the `koffi` at this path. Throws when it cannot be loaded here. */
export function openKernel(koffiPath: string): Kernel {
  const require = createRequire(koffiPath)
  const koffi: Koffi = require(koffiPath)
  // Declared with all its registers: on Linux a variadic function finds them in the same places.
  const syscall = koffi
    .load(null)
    .func('int64_t syscall(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t)')
  const call = (number: number, ...registers: readonly Register[]): number => {
    const values = Array.from({ length: 6 }, (_, index) => {
      const register = registers[index] ?? 0
      return register instanceof Uint8Array ? koffi.address(register) : register
    })
    const result = Number(syscall(number, ...values))
    return result === -1 ? -koffi.errno() : result
  }
  return {
    call,
    address: (bytes) => koffi.address(bytes),
    demand: (what, number, ...registers) => {
      const result = call(number, ...registers)
      if (result < 0) throw new Error(`the kernel refuses ${what} (error ${-result})`)
      return result
    },
  }
}

/** Text as the kernel reads it. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`)
}
