import { SourceMap } from 'node:module'
import type { AuthoredCode } from '../compose-try.ts'

type Code = Pick<AuthoredCode, 'code' | 'sourceMap'>

/** A line and a column, both from 1. */
interface Place {
  readonly line: number
  readonly column: number
}

/** What its author wrote: the TypeScript that code was compiled from, or the code itself. */
export function writtenText({ code, sourceMap }: Code): string {
  if (sourceMap === undefined) return code
  const { sourcesContent }: { readonly sourcesContent?: readonly string[] } = JSON.parse(sourceMap)
  return sourcesContent?.[0] ?? ''
}

/** Where in what its author wrote a place of code comes from; `undefined` for what the compiler put in. */
export function writtenPlace({ sourceMap }: Code, { line, column }: Place): Place | undefined {
  if (sourceMap === undefined) return { line, column }
  const found = new SourceMap(JSON.parse(sourceMap)).findEntry(line - 1, column - 1)
  // The compiler's own lines have no entry, and would be given that of the line before.
  if (!('originalLine' in found) || found.generatedLine !== line - 1) return undefined
  return { line: found.originalLine + 1, column: found.originalColumn + 1 }
}

/** Tells of offsets in code, in characters, the line from 1 of what its author wrote; `undefined` for what the compiler put in. */
export function writtenLines({ code, sourceMap }: Code): (offset: number) => number | undefined {
  const starts = [0]
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1)
  const map = sourceMap === undefined ? undefined : new SourceMap(JSON.parse(sourceMap))
  return (offset) => {
    let [line, end] = [0, starts.length]
    while (end - line > 1) {
      const middle = (line + end) >> 1
      if ((starts[middle] ?? 0) <= offset) line = middle
      else end = middle
    }
    if (map === undefined) return line + 1
    const found = map.findEntry(line, offset - (starts[line] ?? 0))
    return 'originalLine' in found && found.generatedLine === line ? found.originalLine + 1 : undefined
  }
}
