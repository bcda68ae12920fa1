import dns from 'node:dns'
import net from 'node:net'
import type { Boundary } from './egress-boundary.ts'

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
  const channel: unknown = get(new dns.Resolver(), '_handle')
  if (typeof channel !== 'object' || channel === null) throw new Error('this Node has no channel in dns.Resolver')
  const channels: object = getPrototypeOf(channel)
  put(channels, 'setServers', () => {
    throw boundary.refusal('another DNS server')
  })
  // A rule that admits every name has nothing to ask and nothing to learn.
  if (boundary.resolves('name.invalid')) return
  for (const name of ownKeys(channels)) {
    const query: unknown = get(channels, name)
    const isQuery = typeof name === 'string' && /^query|^getHostByAddr$/.test(name)
    if (!isQuery || typeof query !== 'function') continue
    put(channels, name, function (this: unknown, ...args: unknown[]): unknown {
      const wanted = args[1]
      if (typeof wanted === 'string' && boundary.resolves(wanted)) return apply(query, this, args)
      refuseQuery(args[0], boundary.refusal(`resolving ${String(wanted)}`))
      return 0
    })
  }
  guardLookup(boundary)
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
  // `util.promisify` finds there what its result is made of.
  for (const key of ownKeys(original)) {
    const descriptor = getOwnPropertyDescriptor(original, key)
    if (typeof key === 'symbol' && descriptor !== undefined) defineProperty(lookup, key, descriptor)
  }
  put(dns, 'lookup', lookup)
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
  put(dns, 'lookupService', (address: unknown, _port: unknown, callback: unknown) => {
    if (typeof callback === 'function') nextTick(callback, boundary.refusal(`resolving ${String(address)}`))
    return {}
  })
  put(dns.promises, 'lookupService', (address: unknown) =>
    NewPromise.reject(boundary.refusal(`resolving ${String(address)}`)),
  )
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
