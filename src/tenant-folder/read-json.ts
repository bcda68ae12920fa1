import type { Json } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import { type Parsed, type Path, pathKey } from './item.ts'
import type { Source } from './source.ts'

const maxDepth = 200

/** Where a text stops being JSON, and what would have gone on. Never leaves this file. */
class JsonFault extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/**
 * Parses a JSON file and remembers the line of each of its parts. A text that is not JSON is one error with line and
 * column, and `undefined`; a key named twice is a warning, since the last one counts without a word.
 */
export function readJson(source: Source, findings: FindingList): Parsed | undefined {
  const lines = new Map<string, number>()
  try {
    walkJson(source.text, (path, offset, again) => {
      const { line } = source.positionAt(offset)
      if (again)
        findings.warn({ file: source.file, line }, `key ${JSON.stringify(path.at(-1))} is named twice; the last counts`)
      lines.set(pathKey(path), line)
    })
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const { line, column } = source.positionAt(error.offset)
    findings.error({ file: source.file, line, column }, `not JSON: ${error.message} at column ${column}`)
    return undefined
  }
  const value: Json = JSON.parse(source.text)
  return { file: source.file, value, lines }
}

// RFC 8259 §6 and §7. JSON.parse is the judge of values; these find where one ends.
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 §7 names them: a string holds none unescaped.
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const literal = /true|false|null/y
const space = /[ \t\n\r]*/y

/** Goes through a JSON text, reporting each part: a member where its key stands, an element where its value does. */
function walkJson(text: string, report: (path: Path, offset: number, again: boolean) => void): void {
  let at = 0

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const taken = pattern.exec(text)?.[0]
    if (taken !== undefined) at += taken.length
    return taken
  }

  function next(): string | undefined {
    take(space)
    return text[at]
  }

  function fail(expected: string): never {
    const found = text[at]
    throw new JsonFault(
      at,
      `expected ${expected}, found ${found === undefined ? 'the end of the file' : JSON.stringify(found)}`,
    )
  }

  function value(path: Path): void {
    if (path.length > maxDepth) throw new JsonFault(at, `nested deeper than ${maxDepth} levels`)
    const first = next()
    if (first === '{') members(path)
    else if (first === '[') elements(path)
    else if (take(string) === undefined && take(number) === undefined && take(literal) === undefined) {
      fail(first === '"' ? 'a text closed on its line, with valid escapes' : 'a value')
    }
  }

  function members(path: Path): void {
    at += 1
    if (next() === '}') {
      at += 1
      return
    }
    const keys = new Set<string>()
    for (;;) {
      next()
      const start = at
      const token = take(string) ?? fail('a key in double quotes')
      const key: string = JSON.parse(token)
      report([...path, key], start, keys.has(key))
      keys.add(key)
      if (next() !== ':') fail('":"')
      at += 1
      value([...path, key])
      const after = next()
      if (after !== ',' && after !== '}') fail('"," or "}"')
      at += 1
      if (after === '}') return
    }
  }

  function elements(path: Path): void {
    at += 1
    if (next() === ']') {
      at += 1
      return
    }
    for (let index = 0; ; index += 1) {
      next()
      report([...path, index], at, false)
      value([...path, index])
      const after = next()
      if (after !== ',' && after !== ']') fail('"," or "]"')
      at += 1
      if (after === ']') return
    }
  }

  next()
  report([], at, false)
  value([])
  if (next() !== undefined) fail('the end of the file')
}
