import dgram from 'node:dgram'
import { parseAddress } from './egress-address.ts'
import type { Boundary } from './egress-boundary.ts'
import { pinned } from './pinned.ts'

// Taken before any action runs.
const { apply, get } = Reflect
const { defineProperty, getOwnPropertySymbols, getPrototypeOf } = Object
const { nextTick } = process
const NewSet = Set
const add: (set: Set<string>, key: string) => unknown = Function.prototype.call.bind(Set.prototype.add)
const has: (set: Set<string>, key: string) => boolean = Function.prototype.call.bind(Set.prototype.has)
const emit = dgram.Socket.prototype.emit

/**
 * Keeps datagrams within the rule: what is sent, by the address that leaves, and what is received, by who was sent to. A socket may have a
 * port of its own choosing for neither.
 *
 * @param denied - what a handle answers where it refuses
 * @param attempt - an address as a refusal names it
 */
export function guardDatagrams(
  boundary: Boundary,
  denied: number,
  attempt: (call: string, address: unknown, port: unknown) => string,
): void {
  const handles: object = getPrototypeOf(handleOf(dgram.createSocket('udp4')))
  const peers = pinned(new WeakMap<object, Set<string>>())
  const received = pinned(new WeakSet<object>())

  /** The address to hand on, or `undefined` for one outside the rule. */
  const admitted = (handle: unknown, address: unknown, port: unknown): string | undefined => {
    const parsed = typeof port === 'number' ? parseAddress(address) : undefined
    if (parsed === undefined || typeof port !== 'number' || !boundary.admits(parsed, port)) return undefined
    if (typeof handle !== 'object' || handle === null) return undefined
    let known = peers.get(handle)
    if (known === undefined) {
      known = new NewSet<string>()
      peers.set(handle, known)
    }
    add(known, parsed.key)
    return parsed.text
  }

  for (const name of ['connect', 'connect6']) {
    guard(handles, name, (connect, handle, args) => {
      const address = admitted(handle, args[0], args[1])
      return address === undefined ? denied : apply(connect, handle, [address, args[1]])
    })
  }
  for (const name of ['send', 'send6']) {
    guard(handles, name, (send, handle, args) => {
      // Connected: to a peer that was admitted.
      if (args.length === 4) return apply(send, handle, args)
      const text = args.length === 6 ? admitted(handle, args[4], args[3]) : undefined
      if (text !== undefined) return apply(send, handle, [args[0], args[1], args[2], args[3], text, args[5]])
      fail(handle, args[0], boundary.refusal(attempt('send', args[4], args[3])))
      // Not the error: Node would make a poorer one of it.
      return 0
    })
  }
  for (const name of ['bind', 'bind6']) {
    guard(handles, name, (bind, handle, args) => {
      // Every socket that sends is bound first, to no port in particular; Node hands on a callback in its place.
      const isAny = args[1] === 0 || typeof args[1] === 'function'
      return isAny && isUnspecified(args[0]) ? apply(bind, handle, [args[0], 0, args[2]]) : denied
    })
  }
  for (const name of ['open', 'addMembership', 'addSourceSpecificMembership']) guard(handles, name, () => denied)
  guard(handles, 'recvStart', (recvStart, handle, args) => {
    if (typeof handle !== 'object' || handle === null || received.has(handle)) return apply(recvStart, handle, args)
    received.add(handle)
    const onmessage: unknown = get(handle, 'onmessage')
    const value = (...message: unknown[]): unknown => {
      const from: unknown = message[3]
      const sender = typeof from === 'object' && from !== null ? parseAddress(get(from, 'address')) : undefined
      const known = peers.get(handle)
      // Without a sender it is an error.
      if (from !== undefined && (sender === undefined || known === undefined || !has(known, sender.key)))
        return undefined
      return typeof onmessage === 'function' ? apply(onmessage, handle, message) : undefined
    }
    defineProperty(handle, 'onmessage', { value, writable: false, configurable: false })
    return apply(recvStart, handle, args)
  })
  explain(boundary, denied, attempt)
}

/** Has Node's own sockets say why, in the place of the system's error. */
function explain(
  boundary: Boundary,
  denied: number,
  attempt: (call: string, address: unknown, port: unknown) => string,
): void {
  guard(dgram.Socket.prototype, 'bind', (bind, socket, args) => {
    const options = typeof args[0] === 'object' && args[0] !== null ? args[0] : undefined
    const port: unknown = options === undefined ? args[0] : get(options, 'port')
    const address: unknown = options === undefined ? args[1] : get(options, 'address')
    const hasAddress = typeof address === 'string' && address !== '' && !isUnspecified(address)
    if ((port === undefined || port === null || port === 0 || typeof port === 'function') && !hasAddress) {
      return apply(bind, socket, args)
    }
    nextTick(() => apply(emit, socket, ['error', boundary.refusal(attempt('listen', hasAddress ? address : '', port))]))
    return socket
  })
  guard(dgram.Socket.prototype, 'connect', (connect, socket, args) => {
    const given = typeof args[1] === 'function' ? args[1] : args[2]
    const address = typeof args[1] === 'function' ? '' : args[1]
    const told = (error?: unknown): void => {
      const isOurs =
        typeof error === 'object' &&
        error !== null &&
        get(error, 'errno') === denied &&
        get(error, 'syscall') === 'connect'
      const result = isOurs ? boundary.refusal(attempt('connect', address, args[0])) : error
      if (typeof given === 'function') apply(given, socket, result === undefined ? [] : [result])
      else if (result !== undefined) apply(emit, socket, ['error', result])
    }
    return apply(connect, socket, [args[0], address ?? '', told])
  })
}

/** Tells whoever sent; what nobody listens to is an error of the socket, as it is when a name cannot be resolved. */
function fail(handle: unknown, request: unknown, refusal: Error): void {
  const callback: unknown = typeof request === 'object' && request !== null ? get(request, 'callback') : undefined
  if (typeof callback === 'function') nextTick(callback, refusal)
  else {
    const socket = ownerOf(handle)
    if (socket !== undefined) nextTick(() => apply(emit, socket, ['error', refusal]))
  }
}

function ownerOf(handle: unknown): unknown {
  if (typeof handle !== 'object' || handle === null) return undefined
  const symbols = getOwnPropertySymbols(handle)
  for (let index = 0; index < symbols.length; index++) {
    const symbol = symbols[index]
    const value: unknown = symbol === undefined ? undefined : get(handle, symbol)
    if (value instanceof dgram.Socket) return value
  }
  return undefined
}

/** The native handle of a socket, which is closed. */
function handleOf(socket: dgram.Socket): object {
  for (const symbol of getOwnPropertySymbols(socket)) {
    const state: unknown = get(socket, symbol)
    const handle: unknown = typeof state === 'object' && state !== null ? get(state, 'handle') : undefined
    if (typeof handle !== 'object' || handle === null) continue
    socket.close()
    return handle
  }
  throw new Error('this Node has no handle in dgram.Socket')
}

function isUnspecified(address: unknown): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** Puts `check` in the place of a method; what it was is known to `check` alone. */
export function guard(
  owner: object,
  name: string,
  check: (original: (...args: unknown[]) => unknown, self: unknown, args: readonly unknown[]) => unknown,
): void {
  const original: unknown = get(owner, name)
  if (!isFunction(original)) throw new Error(`this Node has no ${name} to guard`)
  defineProperty(owner, name, {
    value(this: unknown, ...args: unknown[]): unknown {
      return check(original, this, args)
    },
    // What takes its place has no way to what was behind it.
    writable: true,
    configurable: true,
    enumerable: true,
  })
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}
