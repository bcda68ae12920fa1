import type { Json, JsonObject } from '../domain/index.ts'

/** The value of a keyword; `undefined` when no source knows it. */
export type KeywordLookup = (key: string) => Json | undefined

/** A map of variables: the process environment, or a `.env` file. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Looks keywords up in the mappings of `AUTH0_KEYWORD_REPLACE_MAPPINGS`, then in each environment, the first that has one.
 *
 * @see Auth0 Docs, "Keyword Replacement" (Deploy CLI); the environment as a source is an addition of this server
 */
export function keywordLookup(mappings: JsonObject, ...environments: readonly Environment[]): KeywordLookup {
  return (key) => {
    if (Object.hasOwn(mappings, key)) return mappings[key]
    return environments.find((environment) => Object.hasOwn(environment, key) && environment[key] !== undefined)?.[key]
  }
}

/** A text with its keywords replaced. */
export interface Replaced {
  readonly text: string
  /** Keywords without a value, as written, each with its offset in the text before replacement. They stay as they are. */
  readonly unresolved: readonly { readonly keyword: string; readonly offset: number }[]
  /** The offset before replacement of an offset after it; inside a value, that of its keyword. */
  originalOffset(offset: number): number
}

/** A stretch of the new text that took a keyword's place. */
interface Patch {
  readonly start: number
  readonly end: number
  readonly originalStart: number
  readonly originalEnd: number
}

const keywordPattern = /"@@(\w[\w.-]*)@@"|@@(\w[\w.-]*)@@|##(\w[\w.-]*)##/g

/**
 * Replaces `##KEY##` by the value's text and `@@KEY@@`, with or without double quotes around it, by the value as JSON.
 *
 * Values are not searched for keywords again. A `##KEY##` inside a JSON text is not escaped, as the Deploy CLI does not.
 *
 * @see Auth0 Docs, "Keyword Replacement" (Deploy CLI)
 */
export function replaceKeywords(original: string, lookup: KeywordLookup): Replaced {
  const unresolved: { keyword: string; offset: number }[] = []
  const patches: Patch[] = []
  let text = ''
  let copied = 0
  for (const match of original.matchAll(keywordPattern)) {
    const [keyword, quotedJson, json, plain] = match
    const value = lookup(quotedJson ?? json ?? plain ?? '')
    if (value === undefined) {
      unresolved.push({ keyword: keyword.replaceAll('"', ''), offset: match.index })
      continue
    }
    text += original.slice(copied, match.index)
    copied = match.index + keyword.length
    const start = text.length
    text += plain === undefined || typeof value !== 'string' ? JSON.stringify(value) : value
    patches.push({ start, end: text.length, originalStart: match.index, originalEnd: copied })
  }
  text += original.slice(copied)

  function originalOffset(offset: number): number {
    const patch = patches.findLast((candidate) => candidate.start <= offset)
    if (patch === undefined) return offset
    return offset < patch.end ? patch.originalStart : offset - patch.end + patch.originalEnd
  }

  return { text, unresolved, originalOffset }
}
