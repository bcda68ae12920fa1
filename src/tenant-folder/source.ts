import { type KeywordLookup, replaceKeywords } from './keywords.ts'

/** A line and a column of a file, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A file of the folder: its text with keywords replaced, and the way back to where each character stood on disk. */
export interface Source {
  /** Relative to the folder's root. */
  readonly file: string
  readonly text: string
  /** Keywords that no source of values knows, and where they stand. */
  readonly unresolved: readonly { readonly keyword: string; readonly line: number }[]
  /** Where on disk the character at an offset of `text` stands; inside a replaced value, where its keyword begins. */
  positionAt(offset: number): Position
}

/** Makes a source of a file's text, replacing its keywords. A byte order mark is dropped. */
export function sourceOf(file: string, raw: string, lookup: KeywordLookup): Source {
  const original = raw.startsWith('\uFEFF') ? raw.slice(1) : raw
  const lineStarts = [0]
  for (let at = original.indexOf('\n'); at !== -1; at = original.indexOf('\n', at + 1)) lineStarts.push(at + 1)

  function positionOf(offset: number): Position {
    let low = 0
    let high = lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
  }

  const replaced = replaceKeywords(original, lookup)
  return {
    file,
    text: replaced.text,
    unresolved: replaced.unresolved.map(({ keyword, offset }) => ({ keyword, line: positionOf(offset).line })),
    positionAt: (offset) => positionOf(replaced.originalOffset(offset)),
  }
}
