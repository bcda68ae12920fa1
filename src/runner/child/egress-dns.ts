import dns from 'node:dns'
import net from 'node:net'
import type { Boundary } from './egress-boundary.ts'
import { guard } from './egress-datagrams.ts'

// Taken before any action runs.
const { apply, get, ownKeys } = Reflect
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object
const { isIP } = net
const { nextTick } = process
const NewPromise = Promise

/**
 * Keeps name resolution within the rule: no resolver but the system's, and where the rule lists hosts or admits none, no name it does not list.
 *
 * The names a rule admits lead where the system's resolver says; only what it told this process itself is learned.
 */
export function guardResolution(boundary: Boundary): void {
  refuseServers(boundary)
  // A rule that admits every name has nothing to ask and nothing to learn.
  if (boundary.resolves('name.invalid')) return
  guardQueries((query, channel, args) => {
    const wanted = args[1]
    if (typeof wanted === 'string' && boundary.resolves(wanted)) return apply(query, channel, args)
    refuseQuery(args[0], boundary.refusal(`resolving ${String(wanted)}`))
    return 0
  })
  guardLookup(boundary)
  refuseServices(boundary)
}

/** Keeps every resolver of this process from being told of another DNS server. */
export function refuseServers(boundary: Boundary): void {
  put(channels(), 'setServers', () => {
    throw boundary.refusal('another DNS server')
  })
}

/** Puts `ask` in the place of every query of a resolver; what it was is known to `ask` alone. `name` is the native method's. */
export function guardQueries(
  ask: (query: (...args: unknown[]) => unknown, channel: unknown, args: readonly unknown[], name: string) => unknown,
): void {
  for (const name of ownKeys(channels())) {
    if (typeof name !== 'string' || !/^query|^getHostByAddr$/.test(name)) continue
    guard(channels(), name, (query, channel, args) => ask(query, channel, args, name))
  }
}

/** Refuses the names of addresses and their ports, which the system would be asked for. */
export function refuseServices(boundary: Boundary): void {
  put(dns, 'lookupService', (address: unknown, _port: unknown, callback: unknown) => {
    if (typeof callback === 'function') nextTick(callback, boundary.refusal(`resolving ${String(address)}`))
    return {}
  })
  put(dns.promises, 'lookupService', (address: unknown) =>
    NewPromise.reject(boundary.refusal(`resolving ${String(address)}`)),
  )
}

/** What the native side of every resolver inherits from. */
function channels(): object {
  const channel: unknown = get(new dns.Resolver(), '_handle')
  if (typeof channel !== 'object' || channel === null) throw new Error('this Node has no channel in dns.Resolver')
  return getPrototypeOf(channel)
}

function guardLookup(boundary: Boundary): void {
  const original = dns.lookup
  closeLookupRequests()
  const lookup = (name: unknown, options: unknown, given?: unknown): unknown => {
    const callback = typeof options === 'function' ? options : given
    const rest = typeof options === 'function' ? undefined : options
    // Nothing to resolve.
    if (typeof name !== 'string' || name === '' || isIP(name) !== 0) return apply(original, dns, [name, rest, callback])
    // Node says what is wrong with it, and is not told the name.
    if (typeof callback !== 'function') return apply(original, dns, ['::', rest, callback])
    if (!boundary.resolves(name)) {
      nextTick(callback, boundary.refusal(`resolving ${name}`))
      return {}
    }
    const learn = (error: unknown, found: unknown, family: unknown): void => {
      if (error === null) boundary.learn(name, found)
      apply(callback, undefined, error === null ? [error, found, family] : [error])
    }
    apply(original, dns, [name, rest, learn])
    // Not the request: it leads to the callback above, and whoever calls that teaches.
    return {}
  }
  putLookup(lookup)
  put(
    dns.promises,
    'lookup',
    (name: unknown, options?: unknown): Promise<unknown> =>
      new NewPromise((resolve, reject) => {
        lookup(name, options ?? {}, (error: unknown, address: unknown, family: unknown) => {
          if (error !== null) reject(error)
          else resolve(typeof address === 'string' || address === null ? { address, family } : address)
        })
      }),
  )
}

/** Puts a function in the place of `dns.lookup`. */
export function putLookup(lookup: (name: unknown, options: unknown, given?: unknown) => unknown): void {
  // `util.promisify` finds there what its result is made of.
  for (const key of ownKeys(dns.lookup)) {
    const descriptor = getOwnPropertyDescriptor(dns.lookup, key)
    if (typeof key === 'symbol' && descriptor !== undefined) defineProperty(lookup, key, descriptor)
  }
  put(dns, 'lookup', lookup)
}

/**
 * A setter that an action puts on `Object.prototype` would be handed the callback of every request for a name: the requests' own class gets
 * the properties that Node sets on them.
 */
function closeLookupRequests(): void {
  const request: unknown = dns.lookup('localhost', () => undefined)
  if (typeof request !== 'object' || request === null) throw new Error('this Node answers no request from dns.lookup')
  const requests: object = getPrototypeOf(request)
  for (const name of ['callback', 'family', 'hostname', 'oncomplete']) put(requests, name, undefined)
}

/** Node's own requests carry either; what else is there was made by hand and is told nothing. */
function refuseQuery(request: unknown, refusal: Error): void {
  if (typeof request !== 'object' || request === null) return
  const reject: unknown = get(request, 'reject')
  const callback: unknown = get(request, 'callback')
  if (typeof reject === 'function') nextTick(reject, refusal)
  else if (typeof callback === 'function') nextTick(callback, refusal)
}

function put(owner: object, name: string, value: unknown): void {
  // Writable: what takes its place has no way to what was behind it.
  defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: true })
}
