import { isUtf8 } from 'node:buffer'
import { isJsonObject, type Json, type JsonObject } from '../domain/index.ts'
import { TokenRefusal } from './refusals.ts'

/** Levels of objects and arrays a JSON body may have. */
const maxDepth = 32

/** Characters of a parameter's name that a refusal repeats. */
const namedCharacters = 64

/**
 * The parameters of a token request's body: a form's as texts, a JSON object's as the values they are. No name but a form's
 * `resource` comes twice, and none, at any depth, is `__proto__`. A body of no bytes has no parameters, whatever its type; its charset parameter is not read: it is UTF-8.
 *
 * Refuses everything else: another media type, invalid UTF-8, a broken escape, broken JSON, JSON that is no object or deeper than 32 levels.
 */
export function parseBodyParameters(bytes: Buffer, contentType: string | undefined): JsonObject {
  if (bytes.length === 0) return {}
  const media = mediaTypeOf(contentType)
  if (media === 'other')
    throw invalidBody(`the media type "${contentType?.slice(0, namedCharacters) ?? ''}" is not read here`)
  if (!isUtf8(bytes)) throw invalidBody('the body is not UTF-8')
  const text = bytes.toString('utf8')
  return media === 'form' ? parseForm(text) : parseJson(text)
}

function mediaTypeOf(contentType: string | undefined): 'form' | 'json' | 'other' {
  const end = contentType?.indexOf(';') ?? -1
  const media = (end === -1 ? contentType : contentType?.slice(0, end))?.trim().toLowerCase()
  if (media === 'application/x-www-form-urlencoded') return 'form'
  return media === 'application/json' ? 'json' : 'other'
}

function parseForm(text: string): JsonObject {
  const parameters: Record<string, Json> = {}
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormText(equals === -1 ? pair : pair.slice(0, equals))
    if (name === '__proto__') throw reservedName()
    const value = equals === -1 ? '' : decodeFormText(pair.slice(equals + 1))
    parameters[name] = Object.hasOwn(parameters, name) ? withAnother(name, parameters[name], value) : value
  }
  return parameters
}

/** RFC 6749 §3.2: a parameter must not be included more than once. RFC 8707 §2: but for the resource, which makes a list then. */
function withAnother(name: string, earlier: Json | undefined, value: string): Json {
  if (name !== 'resource' || earlier === undefined) throw repeated(name)
  return Array.isArray(earlier) ? [...earlier, value] : [earlier, value]
}

function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    throw invalidBody('a percent escape in the form is broken')
  }
}

function parseJson(text: string): JsonObject {
  const names = scanJson(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalidBody('the body is not JSON')
  }
  if (!isJsonObject(value)) throw invalidBody('the body is not a JSON object')
  if (names.length !== Object.keys(value).length) throw repeated(firstRepeated(names))
  if (hasReservedName(value)) throw reservedName()
  return value
}

/**
 * The names of a JSON object's members as they stand in the text, escapes and repeats included: `JSON.parse` keeps the last of two and says
 * nothing. Refuses a text nested too deeply before anything walks it. Of a text that is not JSON the result means nothing.
 */
function scanJson(text: string): readonly string[] {
  const names: string[] = []
  let depth = 0
  let latest = ''
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case 0x22: {
        const end = endOfString(text, index)
        if (depth === 1) latest = text.slice(index, end + 1)
        index = end
        break
      }
      case 0x3a: // A colon outside a string ends a member's name.
        if (depth === 1) names.push(latest)
        break
      case 0x5b:
      case 0x7b:
        if (++depth > maxDepth) throw invalidBody(`the body is nested deeper than ${maxDepth} levels`)
        break
      case 0x5d:
      case 0x7d:
        depth--
        break
    }
  }
  return names
}

function endOfString(text: string, start: number): number {
  let end = start
  do {
    end = text.indexOf('"', end + 1)
    if (end === -1) return text.length
  } while (isEscaped(text, end))
  return end
}

function isEscaped(text: string, index: number): boolean {
  let first = index
  while (text.charCodeAt(first - 1) === 0x5c) first--
  return (index - first) % 2 === 1
}

function firstRepeated(names: readonly string[]): string {
  const seen = new Set<string>()
  for (const literal of names) {
    const name = String(JSON.parse(literal))
    if (seen.has(name)) return name
    seen.add(name)
  }
  return ''
}

/** Whether a value out of `JSON.parse` has a member that would become a prototype when somebody copies it by assignment. */
function hasReservedName(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasReservedName)
}

function invalidBody(detail: string): TokenRefusal {
  return new TokenRefusal('invalid-body', {}, detail)
}

function reservedName(): TokenRefusal {
  return invalidBody('"__proto__" is not a parameter name')
}

function repeated(parameter: string): TokenRefusal {
  return new TokenRefusal('repeated-parameter', { parameter: parameter.slice(0, namedCharacters) })
}
