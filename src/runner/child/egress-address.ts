/**
 * Addresses as the network stack reads them, and which of them are nobody's to reach. What is used here is taken from the realm at the top:
 * actions share it and may replace anything.
 */
const codeAt: (text: string, index: number) => number = Function.prototype.call.bind(String.prototype.charCodeAt)
const slice: (text: string, start: number, end: number) => string = Function.prototype.call.bind(String.prototype.slice)
const hex: (value: number, radix: number) => string = Function.prototype.call.bind(Number.prototype.toString)
const Groups = Uint16Array

/** An address that was read to its last character. */
export interface Address {
  readonly family: 4 | 6
  /** The one spelling it is handed on in: what was checked and what is connected to are the same text. */
  readonly text: string
  /** Equal for equal peers: without a zone, and an IPv4 address within an IPv6 one as that IPv4 address. */
  readonly key: string
  /** The IPv4 address as a number, of an IPv4-mapped one too. */
  readonly ipv4: number | undefined
  /** The eight groups of an IPv6 address. */
  readonly groups: Uint16Array | undefined
}

/**
 * Reads a literal address: four decimal numbers without leading zeros, or an IPv6 address in any spelling of RFC 4291 §2.2, a zone behind it
 * or not. `undefined` for everything else, so also for the spellings that only a resolver understands.
 */
export function parseAddress(text: unknown): Address | undefined {
  if (typeof text !== 'string' || text.length > 100) return undefined
  const ipv4 = parseIpv4(text, 0, text.length)
  if (ipv4 !== undefined) {
    const written = ipv4Text(ipv4)
    return { family: 4, text: written, key: written, ipv4, groups: undefined }
  }
  let end = 0
  while (end < text.length && codeAt(text, end) !== percent) end += 1
  const groups = parseIpv6(text, end)
  if (groups === undefined || !isZone(text, end)) return undefined
  const written = ipv6Text(groups)
  const mapped = isMapped(groups) ? lastTwo(groups) : undefined
  return {
    family: 6,
    text: `${written}${slice(text, end, text.length)}`,
    key: mapped === undefined ? written : ipv4Text(mapped),
    ipv4: mapped,
    groups,
  }
}

/**
 * Whether an address belongs to the public Internet: none of the ranges that the IANA registries of special-purpose addresses set apart, no
 * metadata service of a cloud, and no IPv6 address that leads to such an IPv4 one.
 */
export function isPublic(address: Address): boolean {
  if (address.ipv4 !== undefined) return isPublicIpv4(address.ipv4)
  const { groups } = address
  if (groups === undefined) return false
  const first = group(groups, 0)
  const second = group(groups, 1)
  // RFC 6052 §2.1: how a network without IPv4 reaches it.
  if (isTranslated(groups)) return isPublicIpv4(lastTwo(groups))
  // RFC 4291 §2.4: what is given out as global unicast. Loopback, local, multicast and everything that has no meaning yet is outside.
  if (first < 0x2000 || first > 0x3fff) return false
  // 2001::/23: Teredo, benchmarking, ORCHID. RFC 3849 and RFC 9637: documentation.
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return false
  if (first === 0x3fff && second < 0x1000) return false
  // RFC 3056: 6to4 carries the IPv4 address of its gateway.
  if (first === 0x2002) return isPublicIpv4(second * 65_536 + group(groups, 2))
  return true
}

/**
 * Whether a name, whoever chose its address, must not lead to this one: the machine itself, its link, a metadata service, everybody at once.
 * An address of a private network is not among them.
 */
export function isNeverByName(address: Address): boolean {
  if (address.ipv4 !== undefined) return isNeverByNameIpv4(address.ipv4)
  const { groups } = address
  if (groups === undefined) return true
  const first = group(groups, 0)
  if (isTranslated(groups)) return isNeverByNameIpv4(lastTwo(groups))
  if (first === 0x2002) return isNeverByNameIpv4(group(groups, 1) * 65_536 + group(groups, 2))
  // fd00:ec2::254, AWS.
  if (address.key === 'fd00:ec2:0:0:0:0:0:254') return true
  // Global unicast and unique local addresses; without Teredo, that carries an IPv4 address in disguise.
  const isUnicast = (first >= 0x2000 && first <= 0x3fff) || (first >= 0xfc00 && first <= 0xfdff)
  return !isUnicast || (first === 0x2001 && group(groups, 1) === 0)
}

/** Whether an address is of this machine alone: 127.0.0.0/8 or ::1. */
export function isLoopback({ ipv4, key }: Address): boolean {
  return ipv4 === undefined ? key === '0:0:0:0:0:0:0:1' : ipv4 >>> 24 === 127
}

/** IANA IPv4 Special-Purpose Address Registry, and multicast. */
function isPublicIpv4(ipv4: number): boolean {
  return !(
    isNeverByNameIpv4(ipv4) ||
    within(ipv4, 0x0a000000, 8) || // 10/8, RFC 1918
    within(ipv4, 0xac100000, 12) || // 172.16/12
    within(ipv4, 0xc0a80000, 16) || // 192.168/16
    within(ipv4, 0x64400000, 10) || // 100.64/10, carriers
    within(ipv4, 0xc0000200, 24) || // documentation
    within(ipv4, 0xc6336400, 24) ||
    within(ipv4, 0xcb007100, 24) ||
    within(ipv4, 0xc0586300, 24) || // 192.88.99/24, relays of 6to4
    within(ipv4, 0xc6120000, 15) // 198.18/15, benchmarks
  )
}

function isNeverByNameIpv4(ipv4: number): boolean {
  return (
    within(ipv4, 0x00000000, 8) || // this machine
    within(ipv4, 0x7f000000, 8) ||
    within(ipv4, 0xa9fe0000, 16) || // link-local, and most metadata services
    within(ipv4, 0xc0000000, 24) || // IETF protocols, and Oracle's metadata
    ipv4 === 0x646464c8 || // 100.100.100.200, Alibaba's
    ipv4 === 0xa83f8110 || // 168.63.129.16, Azure's
    ipv4 >= 0xe0000000 // multicast, reserved, broadcast
  )
}

function within(ipv4: number, network: number, bits: number): boolean {
  return ipv4 >>> (32 - bits) === network >>> (32 - bits)
}

/** ::ffff:0:0/96 */
function isMapped(groups: Uint16Array): boolean {
  for (let index = 0; index < 5; index++) if (groups[index] !== 0) return false
  return groups[5] === 0xffff
}

/** 64:ff9b::/96 */
function isTranslated(groups: Uint16Array): boolean {
  if (groups[0] !== 0x0064 || groups[1] !== 0xff9b) return false
  for (let index = 2; index < 6; index++) if (groups[index] !== 0) return false
  return true
}

function lastTwo(groups: Uint16Array): number {
  return group(groups, 6) * 65_536 + group(groups, 7)
}

function group(groups: Uint16Array, index: number): number {
  return groups[index] ?? 0
}

const colon = 0x3a
const dot = 0x2e
const percent = 0x25

function parseIpv4(text: string, start: number, end: number): number | undefined {
  let position = start
  let address = 0
  for (let count = 0; count < 4; count++) {
    if (count > 0) {
      if (position >= end || codeAt(text, position) !== dot) return undefined
      position += 1
    }
    const first = position
    let byte = 0
    while (position < end && position - first < 3) {
      const digit = codeAt(text, position) - 0x30
      if (digit < 0 || digit > 9) break
      byte = byte * 10 + digit
      position += 1
    }
    const digits = position - first
    if (digits === 0 || byte > 255 || (digits > 1 && codeAt(text, first) === 0x30)) return undefined
    address = address * 256 + byte
  }
  return position === end ? address : undefined
}

function parseIpv6(text: string, end: number): Uint16Array | undefined {
  const groups = new Groups(8)
  let count = 0
  let gap = -1
  let position = 0
  const at = (index: number): number => (index < end ? codeAt(text, index) : -1)
  while (position < end) {
    if (at(position) === colon && at(position + 1) === colon) {
      if (gap !== -1) return undefined
      gap = count
      position += 2
      continue
    }
    if (count === 8) return undefined
    const start = position
    let value = 0
    while (position - start < 4) {
      const digit = hexDigit(at(position))
      if (digit === -1) break
      value = value * 16 + digit
      position += 1
    }
    if (at(position) === dot) {
      const ipv4 = parseIpv4(text, start, end)
      if (ipv4 === undefined || count > 6) return undefined
      groups[count] = ipv4 >>> 16
      groups[count + 1] = ipv4 & 0xffff
      count += 2
      break
    }
    if (position === start) return undefined
    groups[count] = value
    count += 1
    if (position === end) break
    if (at(position) !== colon || position + 1 === end) return undefined
    if (at(position + 1) !== colon) position += 1
  }
  if (gap === -1) return count === 8 ? groups : undefined
  if (count === 8) return undefined
  const filled = new Groups(8)
  for (let index = 0; index < gap; index++) filled[index] = group(groups, index)
  for (let index = gap; index < count; index++) filled[index + 8 - count] = group(groups, index)
  return filled
}

/** Nothing, or what Node takes for one: `%` with letters, digits, hyphens, dots and colons behind it. */
function isZone(text: string, start: number): boolean {
  if (start === text.length) return true
  for (let index = start + 1; index < text.length; index++) {
    const code = codeAt(text, index)
    const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
    // `-` and `.`, digits and `:`; between them lies only `/`.
    if (!isLetter && (code < 0x2d || code > 0x3a || code === 0x2f)) return false
  }
  return start + 1 < text.length
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  if (code >= 0x61 && code <= 0x66) return code - 0x57
  if (code >= 0x41 && code <= 0x46) return code - 0x37
  return -1
}

function ipv4Text(ipv4: number): string {
  return `${ipv4 >>> 24}.${(ipv4 >>> 16) & 255}.${(ipv4 >>> 8) & 255}.${ipv4 & 255}`
}

function ipv6Text(groups: Uint16Array): string {
  let text = hex(group(groups, 0), 16)
  for (let index = 1; index < 8; index++) text = `${text}:${hex(group(groups, index), 16)}`
  return text
}
