import fs from 'node:fs'
import net from 'node:net'
import tty from 'node:tty'
import { pinned } from './pinned.ts'
import { refusal, replace } from './replace.ts'

/** The descriptor of the socket to the server. */
export const serverDescriptor = 3

const lastStandardDescriptor = 2

// Taken before any action runs: a guard that looked these up later would hand what it guards to whoever had replaced them.
const { apply, construct, get, ownKeys } = Reflect
const { assign, defineProperty, getOwnPropertyDescriptor, getOwnPropertySymbols, getPrototypeOf } = Object
const toNumber = Number
const toText = String
const { nextTick } = process
/** What `fs.open` and `fs.openSync` have handed out and nobody has closed. All other descriptors are somebody else's: ours, or a socket of another action. */
const opened = pinned(new Set<number>())

/** Keeps `fs` to the descriptors it has opened itself, and the rest away from the socket to the server. */
export function guardDescriptors(): void {
  guardOpening()
  for (const name of ['close', 'closeSync']) {
    const call = systemCall(name)
    wrapMethod(fs, name, (original, self, args) => {
      const descriptor = args[0]
      if (typeof descriptor === 'number') {
        // What it stood for may be anything by the time it is closed.
        if (!opened.delete(descriptor)) return refuse(call, args)
      }
      return apply(original, self, args)
    })
  }
  for (const name of [
    'read',
    'readSync',
    'readv',
    'readvSync',
    'write',
    'writeSync',
    'writev',
    'writevSync',
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
    const call = systemCall(name)
    wrapMethod(fs, name, (original, self, args) => {
      // What is no number is a path, or refused by the original.
      if (typeof args[0] === 'number' && !isOwn(args[0])) return refuse(call, args)
      return apply(original, self, args)
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
  // A number is a descriptor to a socket, and a port to a connection.
  for (const name of ['Socket', 'Stream']) {
    guardOption(net, name, (args) => (isObject(args[0]) ? get(args[0], 'fd') : args[0]))
  }
  for (const name of ['connect', 'createConnection']) guardOption(net, name, ofOptions(0))
  for (const name of ['ReadStream', 'WriteStream'] as const) {
    guardOption(tty, name, (args) => args[0])
    replace(tty[name].prototype, 'constructor', tty[name])
  }
  // An instance leads back to its class.
  replace(net.Socket.prototype, 'constructor', net.Socket)
  wrapMethod(net.Server.prototype, 'listen', (original, self, args) => {
    if (isServer(optionOf(args[0], 'fd'))) throw noSuchDescriptor('listen')
    return apply(original, self, args)
  })
}

function guardOpening(): void {
  wrapMethod(fs, 'openSync', (original, self, args) => {
    const descriptor: unknown = apply(original, self, args)
    if (typeof descriptor === 'number') opened.add(descriptor)
    return descriptor
  })
  wrapMethod(fs, 'open', (original, self, args) => {
    for (let index = args.length - 1; index >= 0; index--) {
      const callback = args[index]
      if (typeof callback !== 'function') continue
      args[index] = (error: unknown, descriptor: unknown) => {
        if (typeof descriptor === 'number') opened.add(descriptor)
        return apply(callback, undefined, [error, descriptor])
      }
      break
    }
    return apply(original, self, args)
  })
}

/** What is kept of an open file handle; `inner` so that its descriptor is not closed while the handle lives. */
interface OpenFile {
  readonly inner: object
  readonly descriptor: number
  closed: boolean
}

/**
 * Keeps `fs.promises` handles to the file each was opened for. Node's own keep their descriptor in a property that anybody may set, in a class
 * that anybody may make one of, around another that takes any descriptor; only an open handle leads to them.
 *
 * @param file - any file that may be read
 */
export async function guardFileHandles(file: string): Promise<void> {
  const { open } = fs.promises
  const example = await open(file)
  const kept = symbolOf(example, 'kFd')
  const around = symbolOf(example, 'kHandle')
  const handles: object = getPrototypeOf(example)
  const innerHandle: unknown = get(example, around)
  if (!isObject(innerHandle)) throw new Error('this Node keeps file handles in another way')
  const innerHandles: object = getPrototypeOf(innerHandle)
  await example.close()

  const known = pinned(new WeakSet<object>())
  const files = pinned(new WeakMap<object, OpenFile>())
  // Every `instanceof` of Node's own asks this.
  defineProperty(example.constructor, Symbol.hasInstance, {
    value: (value: unknown) => isObject(value) && known.has(value),
    writable: false,
    configurable: false,
  })
  for (const name of ownKeys(handles)) {
    if (name === 'constructor' || typeof getOwnPropertyDescriptor(handles, name)?.value !== 'function') continue
    wrapMethod(handles, name, (original, self, args) => {
      if (!isObject(self) || !known.has(self)) throw noSuchDescriptor(toText(name))
      return apply(original, self, args)
    })
  }
  wrapMethod(innerHandles, 'close', (original, self, args) => {
    const opening = isObject(self) ? files.get(self) : undefined
    if (opening !== undefined) opening.closed = true
    return apply(original, self, args)
  })
  replace(innerHandles, 'releaseFD', refusal('FileHandle'))
  for (const owner of [handles, innerHandles]) replace(owner, 'constructor', refusal('FileHandle'))

  const keep = (handle: object): void => {
    const inner: unknown = get(handle, around)
    const descriptor: unknown = get(handle, kept)
    if (!isObject(inner) || typeof descriptor !== 'number') throw noSuchDescriptor('open')
    const opening: OpenFile = { inner, descriptor, closed: false }
    const current = (): number => (opening.closed ? -1 : opening.descriptor)
    const set = (value: unknown): void => {
      if (value === -1) opening.closed = true
    }
    for (const name of [kept, 'fd'])
      defineProperty(handle, name, { get: current, set, enumerable: false, configurable: false })
    files.set(inner, opening)
    known.add(handle)
  }
  wrapMethod(fs.promises, 'open', async (original, self, args) => {
    const handle: unknown = await apply(original, self, args)
    if (!isObject(handle)) throw noSuchDescriptor('open')
    keep(handle)
    return handle
  })
}

function symbolOf(value: object, description: string): symbol {
  const found = getOwnPropertySymbols(value).find((symbol) => symbol.description === description)
  if (found === undefined) throw new Error(`this Node's file handles have no ${description}`)
  return found
}

/** Puts a function in place of a method: `instead` is handed the original, `this` and the arguments. What else the method carries stays. */
function wrapMethod(
  owner: object,
  name: string | symbol,
  // biome-ignore lint/complexity/noBannedTypes: any function is what it is
  instead: (original: Function, self: unknown, args: unknown[]) => unknown,
): void {
  const original: unknown = get(owner, name)
  if (typeof original !== 'function') return
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    return instead(original, this, args)
  }
  for (const key of ownKeys(original)) {
    const descriptor = getOwnPropertyDescriptor(original, key)
    if (descriptor !== undefined && key !== 'prototype') defineProperty(wrapper, key, descriptor)
  }
  replace(owner, name, wrapper)
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
  return isObject(options) ? get(options, name) : undefined
}

function isServer(descriptor: unknown): boolean {
  return toNumber(typeof descriptor === 'object' ? undefined : descriptor) === serverDescriptor
}

function isOwn(descriptor: number): boolean {
  return (descriptor >= 0 && descriptor <= lastStandardDescriptor) || opened.has(descriptor)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** What Node names the call of a method by. */
function systemCall(name: string): string {
  return name.endsWith('Sync') ? name.slice(0, -'Sync'.length) : name
}

/** As Node tells it: to the callback where there is one. */
function refuse(name: string, args: readonly unknown[]): undefined {
  const callback = args[args.length - 1]
  if (typeof callback !== 'function') throw noSuchDescriptor(name)
  nextTick(() => callback(noSuchDescriptor(name)))
}

function noSuchDescriptor(call: string): Error {
  return assign(new Error(`EBADF: bad file descriptor, ${call}`), { code: 'EBADF', syscall: call })
}
