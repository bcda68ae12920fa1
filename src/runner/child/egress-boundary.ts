import { type EgressRule, egressText } from '../../domain/index.ts'
import { type Address, isLoopback, isNeverByName, isPublic, parseAddress } from './egress-address.ts'
import { pinned } from './pinned.ts'

// Taken before any action runs.
const lowerCase: (text: string) => string = Function.prototype.call.bind(String.prototype.toLowerCase)
const endsWith: (text: string, end: string) => boolean = Function.prototype.call.bind(String.prototype.endsWith)
const slice: (text: string, start: number, end: number) => string = Function.prototype.call.bind(String.prototype.slice)
const isArray = Array.isArray
const { defineProperty } = Object
const PlainError = Error

/** Addresses remembered of one name: beyond it they are forgotten, and the next look-up tells them again. */
const rememberedAddresses = 1_024

/** An egress rule at work. Nothing of it can be widened from outside but by {@link Boundary.learn}. */
export interface Boundary {
  /** Whether a peer may be reached. `port` is absent where there is none. */
  admits(address: Address, port: number): boolean
  /** Whether a name may be looked up. */
  resolves(name: string): boolean
  /** What a look-up that this process made itself found for a name: `dns.lookup`'s answer in either of its shapes. */
  learn(name: string, found: unknown): void
  /** The error for an attempt outside the rule: what it was, the rule, the way out. */
  refusal(attempt: string): Error
}

interface Entry {
  readonly port: number | undefined
  /** A listed address; absent for a name. */
  readonly key: string | undefined
  readonly name: string | undefined
  readonly learned: Set<string>
}

/** Puts a rule to work; `undefined` for `open`, which refuses nothing. */
export function boundaryOf(rule: EgressRule): Boundary | undefined {
  if (rule.kind === 'open') return undefined
  const text = egressText(rule)
  const entries: readonly Entry[] = rule.kind === 'hosts' ? rule.hosts.map(entryOf) : []
  const { kind } = rule
  return {
    admits(address, port) {
      if (kind === 'none') return false
      if (kind === 'public') return isPublic(address)
      for (let index = 0; index < entries.length; index++) {
        const entry = entries[index]
        if (entry !== undefined && matches(entry, address, port)) return true
      }
      return false
    },
    resolves(name) {
      if (kind !== 'hosts') return kind === 'public'
      const wanted = canonicalName(name)
      for (let index = 0; index < entries.length; index++) if (entries[index]?.name === wanted) return true
      return false
    },
    learn(name, found) {
      const wanted = canonicalName(name)
      for (let index = 0; index < entries.length; index++) {
        const entry = entries[index]
        if (entry?.name !== wanted) continue
        if (!isArray(found)) remember(entry, found)
        else for (let at = 0; at < found.length; at++) remember(entry, found[at]?.address)
      }
    },
    refusal(attempt) {
      const error = new PlainError(
        `${attempt} is outside the egress rule "${text}"; an operator can allow it with RUNNER_EGRESS`,
      )
      defineProperty(error, 'code', {
        value: 'ERR_ACCESS_DENIED',
        writable: true,
        enumerable: true,
        configurable: true,
      })
      return error
    },
  }
}

function entryOf({ host, port }: { readonly host: string; readonly port?: number }): Entry {
  const key = parseAddress(host)?.key
  // RFC 6761 §6.3: these it always is.
  const known = host === 'localhost' ? ['127.0.0.1', '0:0:0:0:0:0:0:1'] : []
  return { port, key, name: key === undefined ? canonicalName(host) : undefined, learned: pinned(new Set(known)) }
}

function matches(entry: Entry, address: Address, port: number): boolean {
  if (entry.port !== undefined && entry.port !== port) return false
  if (entry.key !== undefined) return entry.key === address.key
  if (!entry.learned.has(address.key)) return false
  return entry.name === 'localhost' ? isLoopback(address) : !isNeverByName(address)
}

function remember(entry: Entry, text: unknown): void {
  const address = parseAddress(text)
  if (address === undefined) return
  if (entry.learned.size >= rememberedAddresses) entry.learned.clear()
  entry.learned.add(address.key)
}

function canonicalName(name: string): string {
  const lower = lowerCase(name)
  return endsWith(lower, '.') ? slice(lower, 0, lower.length - 1) : lower
}
