/** Where actions may connect to. A host is a name in lower case or a literal address; without a port, any port of it. */
export type EgressRule =
  | { readonly kind: 'open' | 'public' | 'none' }
  | { readonly kind: 'hosts'; readonly hosts: readonly EgressHost[] }

/** One entry of a list of hosts. An IPv6 address stands without its brackets. */
export interface EgressHost {
  readonly host: string
  readonly port?: number
}

/**
 * Reads an egress rule: `open`, `public`, `none`, or hosts separated by commas, each with a port or without.
 *
 * Names come out in lower case and without a trailing dot, repeated entries once. `undefined` for what does not fit: an empty element, one
 * of the three words in a list, a scheme, a path, a wildcard, a port that is none, an IPv6 address without brackets, an IPv4 address that is not written as four decimal
 * numbers.
 */
export function parseEgressRule(text: string): EgressRule | undefined {
  const trimmed = text.trim().toLowerCase()
  if (isWord(trimmed)) return { kind: trimmed }
  const hosts = new Map<string, EgressHost>()
  for (const element of trimmed.split(',')) {
    const entry = parseEntry(element.trim())
    if (entry === undefined || isWord(entry.host)) return undefined
    hosts.set(entryText(entry), entry)
  }
  return { kind: 'hosts', hosts: [...hosts.values()] }
}

function isWord(text: string): text is 'open' | 'public' | 'none' {
  return text === 'open' || text === 'public' || text === 'none'
}

/** The rule as {@link parseEgressRule} reads it. */
export function egressText(rule: EgressRule): string {
  return rule.kind === 'hosts' ? rule.hosts.map(entryText).join(',') : rule.kind
}

function parseEntry(text: string): EgressHost | undefined {
  const [, bracketed, plain, portText] = /^(?:\[([0-9a-f:.]+)\]|([^[\]:]+))(?::(.*))?$/.exec(text) ?? []
  const host = bracketed === undefined ? hostOf(plain ?? '') : isIpv6(bracketed) ? bracketed : undefined
  if (host === undefined) return undefined
  if (portText === undefined) return { host }
  const port = /^[0-9]{1,5}$/.test(portText) ? Number(portText) : 0
  return port >= 1 && port <= 65_535 ? { host, port } : undefined
}

function entryText({ host, port }: EgressHost): string {
  const text = host.includes(':') ? `[${host}]` : host
  return port === undefined ? text : `${text}:${port}`
}

/** A name or an IPv4 address. */
function hostOf(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const labels = name.split('.')
  // RFC 1123 §2.1, and the underscore that service names carry.
  if (name.length > 253 || !labels.every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label))) return undefined
  // WHATWG URL, "ends in a number": such a host is an address, in whatever spelling, and only one spelling is taken.
  if (!/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) return name
  return labels.length === 4 && labels.every(isByte) ? name : undefined
}

function isByte(text: string): boolean {
  return /^(?:0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= 255
}

/** RFC 4291 §2.2; without a zone. */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  let count = groups.length
  // The last 32 bits may be written as an IPv4 address.
  const bytes = text.endsWith('::') ? [] : (groups.at(-1)?.split('.') ?? [])
  if (bytes.length === 4 && bytes.every(isByte)) {
    groups.pop()
    count += 1
  }
  return groups.every((group) => /^[0-9a-f]{1,4}$/.test(group)) && (halves.length === 2 ? count <= 7 : count === 8)
}
