import { BlockList, isIP } from 'node:net'
import { type EgressRule, parseEgressRule } from './domain/index.ts'

/** How a setting is written: the words for it, and its parser, which answers `undefined` for what does not fit. */
export interface Kind<T> {
  readonly accepts: string
  parse(text: string): T | undefined
}

/** A whole number within bounds, both included. */
export const integer = ({ min, max }: { readonly min: number; readonly max: number }): Kind<number> => ({
  accepts: `an integer from ${min} to ${max}`,
  parse: (text) => (/^-?\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined),
})

/** One of some words. */
export const choice = <T extends string>(...values: readonly T[]): Kind<T> => ({
  accepts: `one of ${values.join(', ')}`,
  parse: (text) => values.find((value) => value === text),
})

/** A switch. */
export const onOff: Kind<boolean> = {
  accepts: 'on or off',
  parse: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
}

/** A file or folder. */
export const path: Kind<string> = {
  accepts: 'a path, relative to the working directory',
  parse: (text) => (text.includes('\0') ? undefined : text),
}

const hostName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i
/** Where to listen. */
export const listenAddresses: Kind<readonly string[]> = {
  accepts: 'IP addresses or host names, separated by commas',
  parse(text) {
    const hosts = text.split(',').map((host) => host.trim())
    return hosts.every((host) => isIP(host) !== 0 || hostName.test(host)) ? hosts : undefined
  },
}

const hostWithPort = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)(:\d+)?$/
/** The host of an issuer, or of another origin that clients know. */
export const issuerHost: Kind<string> = {
  accepts: 'host[:port] in lower case, without a scheme and without a path',
  parse(text) {
    const url = hostWithPort.test(text) ? URL.parse(`https://${text}/`) : null
    // The issuer is compared byte by byte: only the one way to write a host is accepted, so ":443" is not.
    return url?.host === text ? text : undefined
  },
}

/** A tenant's name. */
export const tenantName: Kind<string> = {
  accepts: '1 to 63 letters, digits, dots, hyphens and underscores, beginning with a letter or a digit',
  parse: (text) => (/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(text) ? text : undefined),
}

/** The id of a client. @see RFC 6749 appendix A.1; without spaces, since client grants are looked up by client id and audience */
export const clientId: Kind<string> = {
  accepts: '1 to 128 visible ASCII characters without spaces',
  parse: (text) => (/^[\x21-\x7e]{1,128}$/.test(text) ? text : undefined),
}

/** A key of 32 bytes. */
export const keyBytes: Kind<Uint8Array> = {
  accepts: '32 bytes as hexadecimal, base64 or base64url text',
  parse(text) {
    if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
    return /^([\w-]{43}|[A-Za-z0-9+/]{43})=?$/.test(text) ? Buffer.from(text, 'base64url') : undefined
  },
}

/** Where npm packages come from. */
export const registryAddress: Kind<string> = {
  accepts: 'an http or https address without credentials, such as https://npm.example.com/',
  parse(text) {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
    return url.search === '' && url.hash === '' ? url.href : undefined
  },
}

/** Where actions may connect to. */
export const egress: Kind<EgressRule> = {
  accepts:
    'open, public, none, or hosts such as api.example.com,10.0.0.5:5432,[2001:db8::1]:443, without scheme and path',
  parse: parseEgressRule,
}

/** Some of a list of words, each once, in the order they are given. */
export const several = <T extends string>(...values: readonly T[]): Kind<readonly T[]> => ({
  accepts: `one or more of ${values.join(', ')}, separated by commas`,
  parse(text) {
    const words = text.split(',').map((word) => word.trim())
    const known = words.flatMap((word) => values.filter((value) => value === word))
    return known.length === words.length && new Set(known).size === known.length ? known : undefined
  },
})

/** Addresses and ranges of addresses. */
export const addressRanges: Kind<BlockList> = {
  accepts: 'IP addresses or ranges such as 10.0.0.0/8,fd00::/8, separated by commas',
  parse(text) {
    const ranges = new BlockList()
    for (const range of text.split(',')) {
      const [, address = '', prefix] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(range.trim()) ?? []
      const family = isIP(address)
      const bits = family === 4 ? 32 : 128
      if (family === 0 || Number(prefix ?? bits) > bits) return undefined
      ranges.addSubnet(address, Number(prefix ?? bits), family === 4 ? 'ipv4' : 'ipv6')
    }
    return ranges
  },
}

/** A secret text that travels in a header. */
export const headerText: Kind<string> = {
  accepts: '16 or more visible ASCII characters',
  parse: (text) => (/^[\x21-\x7e]{16,}$/.test(text) ? text : undefined),
}
