import { isUtf8 } from 'node:buffer'
import { isJsonObject, type Json, type JsonObject } from '../domain/index.ts'

/** A compact JWS taken apart. Nothing of it is verified. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: JsonObject
}

/** Levels of objects and lists a header or a payload may have: more than any proof or assertion needs, few enough to walk. */
const maxDepth = 16

/**
 * Takes a compact JWS apart, or says in half a sentence why it is none. Only the one way to write it is read: three segments of base64url
 * without padding, white space or unused bits; header and payload JSON objects in UTF-8, no member of which, at any depth, comes twice.
 *
 * Two parsers that read one text differently are how a signature comes to stand for what nobody signed: what is not read here is to be
 * refused before any verification.
 *
 * @see RFC 7515 §3.1, §4 (a name must not come twice), §5.2
 */
export function readCompactJws(text: string, maxCharacters: number): CompactJws | { readonly fault: string } {
  if (text.length > maxCharacters) return { fault: `it is longer than ${maxCharacters} characters` }
  const segments = text.split('.')
  const [first, second, third] = segments
  if (segments.length !== 3 || first === undefined || second === undefined || third === undefined)
    return { fault: 'it is not three segments joined by dots' }
  if (bytesOf(third) === undefined) return { fault: 'its signature is not base64url' }
  const header = objectOf(first)
  if (header === undefined) return { fault: 'its header is not a JSON object in base64url, each member once' }
  const payload = objectOf(second)
  if (payload === undefined) return { fault: 'its payload is not a JSON object in base64url, each member once' }
  return { header, payload }
}

/** The bytes of a base64url segment; `undefined` when it is empty or is not the one way to write them. */
function bytesOf(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, 'base64url')
  return segment !== '' && bytes.toString('base64url') === segment ? bytes : undefined
}

function objectOf(segment: string): JsonObject | undefined {
  const bytes = bytesOf(segment)
  if (bytes === undefined || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  const colons = countColons(text)
  if (colons === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  // `JSON.parse` keeps the last of two members and says nothing; each colon outside a string began one.
  return isJsonObject(value) && countMembers(value) === colons ? value : undefined
}

/** Colons outside strings of a JSON text; `undefined` when it is nested too deeply. Of what is not JSON the number means nothing. */
function countColons(text: string): number | undefined {
  let colons = 0
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x3a) colons++
    else if ((code === 0x7b || code === 0x5b) && ++depth > maxDepth) return undefined
    else if (code === 0x7d || code === 0x5d) depth--
  }
  return colons
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const parts: readonly Json[] = Object.values(value)
  return parts.reduce((sum: number, part) => sum + countMembers(part), Array.isArray(value) ? 0 : parts.length)
}
