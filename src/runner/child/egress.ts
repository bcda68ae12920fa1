/**
 * The network rule inside the sandbox. Invariants:
 *
 * 1. The check is on the native handle, on the address and port that leave: names, redirects, look-ups of an action's own and every client
 *    library come down to it, and nothing is resolved after it.
 * 2. The native method is in a closure: an action that takes the guard away has taken the way out with it.
 * 3. What is checked is what is handed on: a text that was read, in one spelling. Anything else is refused.
 * 4. Above the handles nothing is decided; there a refusal becomes an error that says why, where Node delivers its own.
 * 5. Where connections are led to stubs, the native method is only ever handed the stubs' own address and port.
 *
 * A fence within one realm, as the lock-down is: the boundary is the process and what the system holds it to.
 */
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { getSystemErrorMap } from 'node:util'
import type { EgressRule } from '../../domain/index.ts'
import { parseAddress } from './egress-address.ts'
import { type Boundary, boundaryOf } from './egress-boundary.ts'
import { guard, guardDatagrams } from './egress-datagrams.ts'
import { guardResolution } from './egress-dns.ts'
import { answerResolution, stubAddress, stubBoundary } from './egress-stub.ts'

// Taken before any action runs.
const { apply, get } = Reflect
const { getPrototypeOf } = Object
const { nextTick } = process
const soon = setImmediate
const Aggregate = AggregateError
const { isArray } = Array
const emit = net.Server.prototype.emit

/**
 * Holds every connection, datagram and look-up of this process to a rule, from now on. Under every rule but `open` it also refuses to listen,
 * local sockets and pipes, descriptors opened as sockets, and other DNS servers. To be called once, before any action is loaded; what is
 * open by then stays as it is.
 */
export function guardEgress(rule: EgressRule): void {
  const boundary = boundaryOf(rule)
  if (boundary === undefined) return
  guardHandles(boundary)
  guardResolution(boundary)
  syncBuiltinESMExports()
}

/**
 * Leads every connection of this process to one port of this machine's loopback, whatever it was meant for, and every name there. Refuses what
 * {@link guardEgress} refuses under a rule, and every datagram. To be called once, in its place.
 */
export function redirectEgress(port: number): void {
  guardHandles(stubBoundary, port)
  answerResolution()
  syncBuiltinESMExports()
}

function guardHandles(boundary: Boundary, stubPort?: number): void {
  const denied = deniedError()
  const tcp: object = getPrototypeOf(handleOf({ host: '127.0.0.1', port: 1 }))
  // No socket can ever lie behind a device.
  const pipe: object = getPrototypeOf(handleOf({ path: '/dev/null/none' }))
  const connectIpv4: unknown = get(tcp, 'connect')
  if (typeof connectIpv4 !== 'function') throw new Error('this Node has no connect in net.Socket')
  for (const name of ['connect', 'connect6']) {
    guard(tcp, name, (connect, handle, args) => {
      if (stubPort !== undefined) return apply(connectIpv4, handle, [args[0], stubAddress, stubPort])
      const port = args[2]
      const address = parseAddress(args[1])
      if (address === undefined || typeof port !== 'number' || !boundary.admits(address, port)) {
        return fail(handle, args[0], denied)
      }
      return apply(connect, handle, [args[0], address.text, port])
    })
  }
  for (const handles of [tcp, pipe]) for (const name of ['open', 'listen']) guard(handles, name, () => denied)
  guard(pipe, 'bind', () => denied)
  guard(pipe, 'connect', (_connect, handle, args) => fail(handle, args[0], denied))
  guardDatagrams(boundary, denied, attemptText)
  explain(boundary, denied)
}

/** Fails a connection as the system would: later, once whoever asked listens. */
function fail(handle: unknown, request: unknown, denied: number): number {
  if (typeof request !== 'object' || request === null) return denied
  soon(() => {
    const oncomplete: unknown = get(request, 'oncomplete')
    if (typeof oncomplete === 'function') apply(oncomplete, request, [denied, handle, request, false, false])
  })
  return 0
}

/** Has Node's own sockets and servers say why, in the place of the system's error. */
function explain(boundary: Boundary, denied: number): void {
  const explained = (error: unknown): unknown => {
    if (typeof error !== 'object' || error === null) return error
    const errors: unknown = get(error, 'errors')
    if (error instanceof Aggregate && isArray(errors)) return explainedAll(error, errors)
    if (get(error, 'errno') !== denied || get(error, 'syscall') !== 'connect') return error
    const port: unknown = get(error, 'port')
    const address = parseAddress(get(error, 'address'))
    // The system's own refusal of what the rule admits.
    if (address !== undefined && typeof port === 'number' && boundary.admits(address, port)) return error
    return boundary.refusal(attemptText('connect', get(error, 'address'), port))
  }
  const explainedAll = (error: AggregateError, errors: readonly unknown[]): unknown => {
    const first = explained(errors[0])
    if (!(first instanceof Error) || first === errors[0]) return error
    // One for all: an attempt at several addresses of a name.
    const aggregate = new Aggregate([], first.message)
    aggregate.errors = errors.map(explained)
    return Object.assign(aggregate, { code: 'ERR_ACCESS_DENIED' })
  }
  guard(net.Socket.prototype, 'destroy', (destroy, socket, args) =>
    apply(destroy, socket, args.length === 0 ? args : [explained(args[0]), args[1]]),
  )
  guard(net.Server.prototype, '_listen2', (_listen, server, args) => {
    const refusal = boundary.refusal(attemptText('listen', args[0], args[1]))
    nextTick(() => apply(emit, server, ['error', refusal]))
  })
}

/** `connect to 127.0.0.1:5432`, `connect to [::1]:80`, `connect to /run/x.sock`, `listening on port 80`. */
function attemptText(call: string, address: unknown, port: unknown): string {
  const doing = call === 'connect' ? 'connect to' : call === 'send' ? 'sending to' : 'listening on'
  const hasPort = typeof port === 'number' && port >= 0
  const host = typeof address === 'string' ? address : ''
  if (host === '') return hasPort ? `${doing} port ${port}` : `${doing} a descriptor`
  return hasPort ? `${doing} ${parseAddress(host)?.family === 6 ? `[${host}]` : host}:${port}` : `${doing} ${host}`
}

/** The native handle of a socket that never connects. */
function handleOf(options: net.NetConnectOpts): object {
  const socket = new net.Socket()
  socket.on('error', () => undefined)
  socket.connect(options)
  const handle: unknown = get(socket, '_handle')
  socket.destroy()
  if (typeof handle !== 'object' || handle === null) throw new Error('this Node has no handle in net.Socket')
  return handle
}

/** What libuv answers for "permission denied", which differs between systems. */
function deniedError(): number {
  for (const [number, [name]] of getSystemErrorMap()) if (name === 'EACCES') return number
  throw new Error('this Node has no EACCES')
}
