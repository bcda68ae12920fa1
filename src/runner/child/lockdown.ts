import asyncHooks from 'node:async_hooks'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tty from 'node:tty'
import v8 from 'node:v8'
import { guardedGetBuiltinModule, guardImports } from './load.ts'

// Taken before any action runs: a guard that looked these up later would hand what it guards to whoever had replaced them.
const { apply, construct, get } = Reflect
const { assign, defineProperty, getOwnPropertySymbols, getPrototypeOf } = Object
const toNumber = Number

/** The descriptor of the socket to the server. */
export const serverDescriptor = 3

/**
 * Takes from the process what an action could end it, debug it or reach its transport with. What is replaced throws a plain error
 * that the action may catch. A fence within one realm, not a boundary: the boundary is the process.
 */
export function lockDown(): void {
  for (const name of [
    'exit',
    'abort',
    'kill',
    'reallyExit',
    '_kill',
    'dlopen',
    'execve',
    'setUncaughtExceptionCaptureCallback',
  ]) {
    replace(process, name, refusal(`process.${name}`))
  }
  for (const name of ['_debugProcess', '_debugEnd', '_startProfilerIdleNotifier', '_stopProfilerIdleNotifier']) {
    replace(process, name, refusal(`process.${name}`))
  }
  for (const name of ['binding', '_linkedBinding', 'report', 'mainModule', '_rawDebug', 'loadEnvFile']) {
    replace(process, name, undefined)
  }
  // The real one is the C library's too, whose resolver reads search domains and other servers from it.
  replace(process, 'env', assign({}, get(process, 'env')))
  // These list the socket to the server among the open handles.
  for (const name of ['_getActiveHandles', '_getActiveRequests']) replace(process, name, () => [])
  for (const name of [
    'setFlagsFromString',
    'writeHeapSnapshot',
    'getHeapSnapshot',
    'setHeapSnapshotNearHeapLimit',
    'takeCoverage',
    'startupSnapshot',
    'queryObjects',
  ]) {
    replace(v8, name, refusal(`v8.${name}`))
  }
  // A hook is shown every resource of the process, the transport's among them.
  replace(asyncHooks, 'createHook', refusal('async_hooks.createHook'))
  replace(asyncHooks, 'executionAsyncResource', () => ({}))
  guardDescriptor()
  // Node's own in JavaScript follows links anywhere; the system's asks the permission model first.
  replace(fs, 'realpathSync', fs.realpathSync.native)
  replace(fs, 'realpath', fs.realpath.native)
  replace(process, 'getBuiltinModule', guardedGetBuiltinModule)
  guardImports()
  // What `import` of a built-in shows follows only when told.
  syncBuiltinESMExports()
}

/** Keeps the socket to the server out of reach of whatever takes a descriptor. */
function guardDescriptor(): void {
  for (const name of [
    'read',
    'readSync',
    'readv',
    'readvSync',
    'write',
    'writeSync',
    'writev',
    'writevSync',
    'close',
    'closeSync',
    'fstat',
    'fstatSync',
    'fsync',
    'fsyncSync',
    'fdatasync',
    'fdatasyncSync',
    'ftruncate',
    'ftruncateSync',
    'futimes',
    'futimesSync',
    'fchmod',
    'fchmodSync',
    'fchown',
    'fchownSync',
    'readFile',
    'readFileSync',
    'writeFile',
    'writeFileSync',
    'appendFile',
    'appendFileSync',
  ]) {
    const original: unknown = get(fs, name)
    if (typeof original !== 'function') continue
    replace(fs, name, function (this: unknown, ...args: unknown[]): unknown {
      if (isServer(args[0])) throw noSuchDescriptor(name)
      return apply(original, this, args)
    })
  }
  const ofOptions = (position: number) => (args: readonly unknown[]) => optionOf(args[position], 'fd')
  for (const name of [
    'ReadStream',
    'WriteStream',
    'FileReadStream',
    'FileWriteStream',
    'createReadStream',
    'createWriteStream',
  ]) {
    guardOption(fs, name, ofOptions(1))
  }
  for (const name of ['Socket', 'Stream', 'connect', 'createConnection']) guardOption(net, name, ofOptions(0))
  for (const name of ['ReadStream', 'WriteStream'] as const) {
    guardOption(tty, name, (args) => args[0])
    replace(tty[name].prototype, 'constructor', tty[name])
  }
  // An instance leads back to its class.
  replace(net.Socket.prototype, 'constructor', net.Socket)
  const listen = net.Server.prototype.listen
  replace(net.Server.prototype, 'listen', function (this: unknown, ...args: unknown[]): unknown {
    if (isServer(optionOf(args[0], 'fd'))) throw noSuchDescriptor('listen')
    return apply(listen, this, args)
  })
}

/**
 * Keeps the class behind `fs.promises` handles, which takes any descriptor, out of reach: only an open handle leads to it.
 *
 * @param file - any file that may be read
 */
export async function guardFileHandles(file: string): Promise<void> {
  const handle = await fs.promises.open(file)
  for (const symbol of getOwnPropertySymbols(handle)) {
    const inner: unknown = get(handle, symbol)
    if (typeof inner !== 'object' || inner === null || !('readStart' in inner)) continue
    replace(getPrototypeOf(inner), 'constructor', refusal('FileHandle'))
  }
  await handle.close()
}

function guardOption(owner: object, name: string, descriptor: (args: readonly unknown[]) => unknown): void {
  const original: unknown = get(owner, name)
  if (typeof original !== 'function') return
  const check = (args: readonly unknown[]): void => {
    if (isServer(descriptor(args))) throw noSuchDescriptor(name)
  }
  // A proxy keeps `instanceof`, subclassing and calls without `new` as they are.
  const guarded = new Proxy(original, {
    apply: (target, self, args) => {
      check(args)
      return apply(target, self, args)
    },
    construct: (target, args, newTarget) => {
      check(args)
      return construct(target, args, newTarget)
    },
  })
  replace(owner, name, guarded)
}

function optionOf(options: unknown, name: string): unknown {
  return typeof options === 'object' && options !== null ? get(options, name) : undefined
}

function isServer(descriptor: unknown): boolean {
  return toNumber(typeof descriptor === 'object' ? undefined : descriptor) === serverDescriptor
}

function noSuchDescriptor(call: string): Error {
  return assign(new Error(`EBADF: bad file descriptor, ${call}`), { code: 'EBADF', syscall: call })
}

function refusal(name: string): () => never {
  return () => {
    throw assign(new Error(`${name} is not available to Actions.`), { code: 'ERR_ACCESS_DENIED' })
  }
}

function replace(owner: object, name: string, value: unknown): void {
  defineProperty(owner, name, { value, writable: false, configurable: false, enumerable: true })
}
