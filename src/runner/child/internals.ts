import asyncHooks from 'node:async_hooks'
import net from 'node:net'
import stream from 'node:stream'

/**
 * Fixes what Node's own code looks up, on objects that anybody may change, while it has the socket to the server or what goes through it in hand:
 * otherwise an action would be called with them. What is fixed stays as it is; an attempt to replace it fails, or is without effect.
 *
 * Found by trying, on the Node the actions run on; `test/isolation` holds each. To be called before any action is loaded.
 */
export function guardInternals(): void {
  guardBytes()
  guardWrites()
  guardSymbols()
  // The end of a write to the socket is a tick, the socket one of its arguments.
  const { nextTick } = process
  Object.defineProperty(process, 'nextTick', {
    get: () => nextTick,
    set: () => {},
    enumerable: true,
    configurable: false,
  })
}

/** Streams ask whether a chunk is a Buffer and how long it is: by members of classes. */
function guardBytes(): void {
  const arrays: object = Object.getPrototypeOf(Uint8Array.prototype)
  for (const name of ['length', 'byteLength', 'byteOffset', 'buffer']) {
    const accessor = Object.getOwnPropertyDescriptor(arrays, name)
    if (accessor === undefined) throw new Error(`this JavaScript has no ${name} of typed arrays`)
    for (const owner of [arrays, Uint8Array.prototype, Buffer.prototype]) {
      Object.defineProperty(owner, name, { ...accessor, configurable: false })
    }
  }
  const value = Function.prototype[Symbol.hasInstance]
  for (const owner of [Buffer, Uint8Array]) {
    Object.defineProperty(owner, Symbol.hasInstance, { value, writable: false, configurable: false })
    Object.defineProperty(owner, 'prototype', { writable: false })
  }
  for (const name of ['_isArrayBufferView', '_isUint8Array', '_uint8ArrayToBuffer']) {
    const original: unknown = Reflect.get(stream, name)
    Object.defineProperty(stream, name, { value: original, writable: false, configurable: false })
  }
}

/** A write's request is given its handle by assignment: a setter that it inherits would be handed it. */
function guardWrites(): void {
  let asked: unknown
  const handle = {
    writeUtf8String: (request: unknown) => {
      asked = request
      return 0
    },
    readStart: () => 0,
    readStop: () => 0,
    getAsyncId: () => 0,
    close: () => {},
  }
  const socket: net.Socket = Reflect.construct(net.Socket, [{ handle }])
  socket.on('error', () => {})
  socket.write('x')
  socket.destroy()
  const request = asked ?? waitingWrite()
  if (typeof request !== 'object' || request === null) throw new Error('this Node writes to its sockets in another way')
  const requests: object = Object.getPrototypeOf(request)
  for (const name of ['handle', 'oncomplete', 'async', 'bytes', 'buffer', 'callback', 'error']) {
    Object.defineProperty(requests, name, { value: undefined, writable: true, enumerable: false, configurable: false })
  }
}

/** The request of a write that has to wait. Since Node 26 there is none for others, and the handle makes it: here, that of a pipe which is being opened. */
function waitingWrite(): unknown {
  const socket = new net.Socket()
  socket.on('error', () => {})
  // No socket can ever lie behind a device.
  socket.connect('/dev/null/none')
  const handle: unknown = Reflect.get(socket, '_handle')
  const write: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeUtf8String') : undefined
  const request: unknown = typeof write === 'function' ? Reflect.apply(write, handle, [null, 'x']) : undefined
  socket.destroy()
  return request
}

/**
 * Node looks these up on resources and promises of its own: what an action defined under them on a prototype would be called with each.
 * Any timer and any parser of HTTP tells them.
 */
function guardSymbols(): void {
  const hook = asyncHooks.createHook({ init() {} }).enable()
  const shown: object[] = [Promise.resolve(), setImmediate(() => {}), httpParser()]
  hook.disable()
  for (const symbol of shown.flatMap(Object.getOwnPropertySymbols)) {
    for (const owner of [Object.prototype, Promise.prototype]) {
      const hidden = { value: undefined, writable: true, enumerable: false, configurable: false }
      Object.defineProperty(owner, symbol, hidden)
    }
  }
}

/** A parser as HTTP connections have it. Not part of Node's published types. */
function httpParser(): object {
  const { HTTPParser } = process.getBuiltinModule('_http_common') as unknown as {
    readonly HTTPParser: { readonly RESPONSE: number; new (): { initialize(type: number, resource: object): void } }
  }
  const parser = new HTTPParser()
  parser.initialize(HTTPParser.RESPONSE, {})
  return parser
}
