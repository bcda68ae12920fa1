/** One attribute of a name: its type, and its value with every escape undone. */
export interface NameAttribute {
  readonly type: string
  readonly value: string
}

/** A subject's name: its relative names, each of one attribute or several, in the order in which the certificate holds them. */
export type DistinguishedName = readonly (readonly NameAttribute[])[]

/** Spellings of one attribute type that tools do not agree on, in lower case. The last of RFC 4514 §3, and those of OpenSSL and Java. */
const sameType: Readonly<Record<string, string>> = {
  e: 'emailaddress',
  email: 'emailaddress',
  '1.2.840.113549.1.9.1': 'emailaddress',
  s: 'st',
  userid: 'uid',
  '0.9.2342.19200300.100.1.1': 'uid',
  '0.9.2342.19200300.100.1.25': 'dc',
  '2.5.4.3': 'cn',
  '2.5.4.5': 'serialnumber',
  '2.5.4.6': 'c',
  '2.5.4.7': 'l',
  '2.5.4.8': 'st',
  '2.5.4.9': 'street',
  '2.5.4.10': 'o',
  '2.5.4.11': 'ou',
}

/**
 * Reads a distinguished name: `CN=billing,O=Example\, Inc.,C=US` as RFC 4514 has it, the certificate's last relative name first, or one
 * relative name a line, in the certificate's order, as Node and OpenSSL print them. White space around a separator does not count.
 * `undefined` for what is neither, and for a value in hexadecimal (`#04…`), which is not read.
 */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const isLines = text.includes('\n')
  const parts = split(text, isLines ? '\n' : ',')
  const names: NameAttribute[][] = []
  for (const part of isLines ? parts : parts.toReversed()) {
    const attributes: NameAttribute[] = []
    for (const pair of split(part, '+')) {
      const attribute = parseAttribute(pair)
      if (attribute === undefined) return undefined
      attributes.push(attribute)
    }
    names.push(attributes)
  }
  return names
}

/**
 * Whether two names are the same: types without regard to case, values character by character, which is stricter than a directory compares.
 * One of the two may be written the other way round: which end comes first, tools do not agree on.
 */
export function isSameName(one: DistinguishedName, other: DistinguishedName): boolean {
  const wanted = nameText(one)
  return wanted === nameText(other) || wanted === nameText(other.toReversed())
}

/** One text a name, whatever the order of the attributes within a relative name. */
function nameText(name: DistinguishedName): string {
  return JSON.stringify(
    name.map((attributes) => attributes.map(({ type, value }) => JSON.stringify([type, value])).sort()),
  )
}

function parseAttribute(pair: string): NameAttribute | undefined {
  const [, typed = '', raw = ''] = /^\s*(?:oid\.)?([a-z][a-z0-9-]*|\d+(?:\.\d+)+)\s*=(.*)$/is.exec(pair) ?? []
  const value = unescapeValue(trimUnescaped(raw))
  if (typed === '' || value === undefined || value === '') return undefined
  const type = typed.toLowerCase()
  return { type: sameType[type] ?? type, value }
}

/** Splits at a separator that no backslash escapes and no pair of quotation marks holds. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '\\') index++
    else if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)]
}

/** Without the white space at both ends, but for a space that a backslash keeps. */
function trimUnescaped(text: string): string {
  const end = text.trimEnd()
  const trailing = /(?:^|[^\\])(?:\\\\)*\\$/.test(end) && end.length < text.length ? text.slice(0, end.length + 1) : end
  return trailing.trimStart()
}

/** RFC 4514 §2.4, and the quotation marks of RFC 2253 §4. `undefined` where an escape is broken or a value is hexadecimal. */
function unescapeValue(text: string): string | undefined {
  if (text.startsWith('#')) return undefined
  const inner = text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
  const bytes: number[] = []
  for (let index = 0; index < inner.length; index++) {
    const character = inner[index] ?? ''
    if (character !== '\\') {
      bytes.push(...utf8(inner.codePointAt(index) ?? 0))
      if ((inner.codePointAt(index) ?? 0) > 0xffff) index++
      continue
    }
    const hex = /^[0-9a-f]{2}/i.exec(inner.slice(index + 1))?.[0]
    const escaped = inner[index + 1]
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (escaped !== undefined && /[ "#+,;<=>\\/]/.test(escaped)) bytes.push(escaped.charCodeAt(0))
    else return undefined
    index += hex === undefined ? 1 : 2
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

function utf8(codePoint: number): Uint8Array {
  return new TextEncoder().encode(String.fromCodePoint(codePoint))
}
