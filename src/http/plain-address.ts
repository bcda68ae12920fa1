import { isIP } from 'node:net'

/** An IPv4 address as such, also where the socket is IPv6 and maps it. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
