import { isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml'
import type { Json } from '../domain/index.ts'
import type { FindingList } from './finding.ts'
import { type Parsed, type Path, pathKey } from './item.ts'
import type { Source } from './source.ts'

/**
 * Parses a YAML file (1.2, with `<<` merges as the Deploy CLI reads them) and remembers the line of each of its parts.
 * A text that is not YAML is one error with line and column, and `undefined`.
 */
export function readYaml(source: Source, findings: FindingList): Parsed | undefined {
  const fail = (message: string, offset: number): void => {
    const { line, column } = source.positionAt(offset)
    findings.error({ file: source.file, line, column }, `not YAML: ${firstLine(message)} at column ${column}`)
  }
  try {
    const document = parseDocument(source.text, { merge: true, prettyErrors: false, logLevel: 'error' })
    const [fault] = document.errors
    if (fault !== undefined) {
      // The first alone: those after it mostly follow from it.
      fail(fault.message, fault.pos[0])
      return undefined
    }
    // An alias may be followed a hundred times at most: a few lines of aliases can stand for gigabytes.
    const value: Json = document.toJS({ maxAliasCount: 100 })
    if (holdsItself(value)) {
      fail('an alias stands within what it names', 0)
      return undefined
    }
    return { file: source.file, value, lines: linesOf(document.contents, source) }
  } catch (error) {
    // An alias of nothing, a merge of a text, nesting without end: found only as the value is made, without a place.
    fail(error instanceof Error ? error.message : String(error), 0)
    return undefined
  }
}

function holdsItself(value: Json, above: readonly Json[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false
  return above.includes(value) || Object.values(value).some((part) => holdsItself(part, [...above, value]))
}

function linesOf(root: unknown, source: Source): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  function mark(node: unknown, path: Path): void {
    const offset = isNode(node) ? node.range?.[0] : undefined
    if (offset !== undefined) lines.set(pathKey(path), source.positionAt(offset).line)
  }
  // A merge or an alias has no nodes of its own below it: its parts are placed where it stands.
  function walk(node: unknown, path: Path): void {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key)
        mark(key, [...path, name])
        walk(value, [...path, name])
      }
    } else if (isSeq(node)) {
      for (const [index, element] of node.items.entries()) {
        mark(element, [...path, index])
        walk(element, [...path, index])
      }
    }
  }
  mark(root, [])
  walk(root, [])
  return lines
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}
