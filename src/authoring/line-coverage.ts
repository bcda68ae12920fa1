import { resolve } from 'node:path'
import type { AuthoredCode, CodeCoverage } from '../compose-try.ts'
import { characterKinds, codeCharacters } from './code-characters.ts'
import type { FoundAction } from './find-action.ts'
import { writtenLines } from './written.ts'

/** Which lines of a file ran in any of several runs. Those without code (blank, comments, brackets alone) are not counted. */
export interface FileCoverage {
  /** As its author would name it. */
  readonly file: string
  readonly lines: number
  /** Of a hundred lines, how many ran, rounded down: all of them is the only 100. A file without code has all. */
  readonly percent: number
  /** The lines, from 1, of which nothing ran. */
  readonly never_ran: readonly number[]
}

interface CountedFile {
  readonly code: AuthoredCode
  readonly kinds: Uint8Array
  readonly ran: Uint8Array
}

/** Adds up which parts of the code of actions and their modules ran. */
export class CoverageTally {
  readonly #files = new Map<string, CountedFile>()
  readonly #asked = new Set<string>()

  /** Adds one run, or one that was left out: without coverage. */
  add(coverage: readonly CodeCoverage[], found: readonly FoundAction[]): void {
    const files = new Map(
      found.flatMap(({ action, files }) =>
        [action, ...action.modules].map((code, index) => [code, files[index] ?? code.name] as const),
      ),
    )
    for (const file of files.values()) this.#asked.add(file)
    for (const { of, ranges } of coverage) {
      const file = files.get(of)
      if (file === undefined) continue
      const kinds = codeCharacters(of.code)
      const kept = this.#files.get(file) ?? { code: of, kinds, ran: new Uint8Array(of.code.length) }
      this.#files.set(file, kept)
      ranCharacters(of.code, kinds, ranges).forEach((hasRun, at) => {
        if (hasRun === 1) kept.ran[at] = 1
      })
    }
  }

  /** The files of which no run told: none was made, or its process ended before. */
  untold(): readonly string[] {
    return [...this.#asked].filter((file) => !this.#files.has(file)).sort()
  }

  /** Each file of which something was told, by name. */
  files(): readonly FileCoverage[] {
    return [...this.#files]
      .map(([file, counted]) => linesOf(file, counted))
      .sort((a, b) => (resolve(a.file) < resolve(b.file) ? -1 : 1))
  }
}

function ranCharacters(code: string, kinds: Uint8Array, ranges: CodeCoverage['ranges']): Uint8Array {
  const ran = new Uint8Array(code.length)
  for (const { start, end, count } of ranges) if (count > 0) ran.fill(1, start, end)
  // V8 ends what comes after a return, and was not reached, where the next branch begins; nothing is reached up to the end of its block.
  for (const { start, count } of ranges)
    if (count === 0 && afterStatement.test(code.slice(start, start + 200)))
      ran.fill(0, start, endOfBlock(code, kinds, start))
  return ran
}

/** How a range begins that is what comes after a statement, and none of its branches. */
const afterStatement = /^(?:\s|;)(?!\s*(?:else|catch|finally)\b)/

/** Where the block ends that a place is in, or the clause of a switch. */
function endOfBlock(code: string, kinds: Uint8Array, from: number): number {
  let depth = 0
  for (let at = from; at < code.length; at += 1) {
    if (kinds[at] === characterKinds.opens) depth += 1
    else if (kinds[at] === characterKinds.closes) depth -= 1
    if (depth < 0 || (depth === 0 && kinds[at] === characterKinds.code && isClause(code, at))) return at
  }
  return code.length
}

function isClause(code: string, at: number): boolean {
  return /\s/.test(code[at - 1] ?? '') && /^(?:case\b|default\s*:)/.test(code.slice(at, at + 20))
}

function linesOf(file: string, { code, kinds, ran }: CountedFile): FileCoverage {
  const lineOf = writtenLines(code)
  const lines = new Map<number, boolean>()
  kinds.forEach((kind, offset) => {
    const line = kind === characterKinds.code ? lineOf(offset) : undefined
    if (line !== undefined) lines.set(line, lines.get(line) === true || ran[offset] === 1)
  })
  const never_ran = [...lines].flatMap(([line, hasRun]) => (hasRun ? [] : [line])).sort((a, b) => a - b)
  const percent = lines.size === 0 ? 100 : Math.floor(((lines.size - never_ran.length) / lines.size) * 100)
  return { file, lines: lines.size, percent, never_ran }
}
