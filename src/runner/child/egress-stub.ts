import dns from 'node:dns'
import net from 'node:net'
import type { Boundary } from './egress-boundary.ts'
import { guard } from './egress-datagrams.ts'
import { guardQueries, putLookup, refuseServers, refuseServices } from './egress-dns.ts'

// Taken before any action runs.
const { apply, get } = Reflect
const { defineProperty } = Object
const { isIP } = net
const { nextTick } = process
const PlainError = Error

/** Where every connection is led whose answers are stubs. */
export const stubAddress = '127.0.0.1'

/** The rule of a process whose connections are led to stubs: nothing beside them goes anywhere. */
export const stubBoundary: Boundary = {
  admits: () => false,
  resolves: () => true,
  learn: () => undefined,
  refusal(attempt) {
    const error = new PlainError(
      `${attempt} has no answer here: stubs answer for the network, and over TCP alone; leave the network open to reach the real one`,
    )
    const value = 'ERR_ACCESS_DENIED'
    defineProperty(error, 'code', { value, writable: true, enumerable: true, configurable: true })
    return error
  },
}

/** Answers every name with {@link stubAddress}, and with nothing else: no server is asked. Names of addresses are refused. */
export function answerResolution(): void {
  const { lookup } = dns
  // Node answers an address with itself, in the shape that is asked for, and says what is wrong with the rest.
  putLookup((name, options, given) => apply(lookup, dns, [led(name), options, given]))
  guard(dns.promises, 'lookup', (promised, owner, args) => apply(promised, owner, [led(args[0]), args[1]]))
  guardQueries((_query, _channel, args, method) => {
    const request = args[0]
    const answer = method === 'queryA' ? [null, [stubAddress], [0]] : ['ENODATA']
    // Later, as a server's would come.
    if (typeof request === 'object' && request !== null) nextTick(tell, request, answer)
    return 0
  })
  refuseServers(stubBoundary)
  refuseServices(stubBoundary)
}

function led(name: unknown): unknown {
  return typeof name !== 'string' || name === '' || isIP(name) !== 0 ? name : stubAddress
}

function tell(request: object, answer: readonly unknown[]): void {
  const oncomplete: unknown = get(request, 'oncomplete')
  if (typeof oncomplete === 'function') apply(oncomplete, request, answer)
}
