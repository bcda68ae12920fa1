import { pointedLine } from '../domain/index.ts'
import { writtenPlace, writtenText } from './written.ts'

/** Where in an author's file something is: line and column from 1. */
export interface CodePlace {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The line itself and a caret under the place. */
  readonly excerpt?: string
}

/** A file of an author's, and the code that runs of it. */
export interface CodeFile {
  /** As its author names it. */
  readonly file: string
  readonly code: string
  /** The way back to what its author wrote, where the code was compiled from that. */
  readonly sourceMap?: string
  /** Its absolute path, where the code runs under that: in a process that may be debugged. */
  readonly path?: string
}

/** What runs together: of each action, in their order, its own file first and then those of the modules it pins, in theirs. */
export type CodeFiles = readonly (readonly CodeFile[])[]

/** Where the sandbox keeps code, in a stack: an action's by its number, or a module's of it by that one's. */
const sandboxFile = String.raw`(?:\/[^\s():]+)?\/action-(\d+)(?:-module-(\d+))?\/(?:action|module)\.js`

/** The first place in the author's own files that a stack names. */
export function placeOf(stack: string, files: CodeFiles): CodePlace | undefined {
  const { pattern, fileOf } = namesIn(files)
  for (const found of stack.matchAll(new RegExp(`(?:${pattern}):(\\d+):(\\d+)`, 'g'))) {
    const code = fileOf(found)
    const [line, column] = found.slice(-2).map(Number)
    if (code !== undefined && line !== undefined && column !== undefined) return placeIn(code, line, column)
  }
  return undefined
}

/** A text with the files of the sandbox under the names of the author's. */
export function inOwnFiles(text: string, files: CodeFiles): string {
  const { pattern, fileOf } = namesIn(files)
  const placed = new RegExp(`(?:${pattern})(?::(\\d+):(\\d+))?`, 'g')
  return text.replace(placed, (whole: string, action?: string, module?: string, line?: string, column?: string) => {
    const code = fileOf([whole, action, module])
    if (code === undefined) return whole
    if (line === undefined) return code.file
    const at = placeIn(code, Number(line), Number(column))
    return [at.file, at.line, at.column].filter((part) => part !== undefined).join(':')
  })
}

/** A stack, or a text with stacks in it, as far as each is the author's: below that, the sandbox calls the action. */
export function ownStack(text: string, files: CodeFiles): string {
  const kept: string[] = []
  let isBelow = false
  for (const line of text.split('\n')) {
    isBelow = /^\s+(?:at |\.\.\. \d+ lines matching )/.test(line) && (isBelow || line.includes('/child.cjs:'))
    if (!isBelow) kept.push(line)
    // What else an error that was printed has comes below its stack, in braces.
    else if (line.endsWith(' {')) kept.push(`${kept.pop() ?? ''} {`)
  }
  return inOwnFiles(kept.join('\n'), files)
}

/** A line for each cause that a stack names below its own frames, in order. */
export function causeLines(stack: string): readonly string[] {
  return stack.split('\n').flatMap((line) => {
    const said = /^ +\[(?:cause|errors)\]: (.*)$/s.exec(line)?.[1]
    return said === undefined ? [] : [`caused by ${said}`]
  })
}

/** A line of a text with a caret under one of its columns, both from 1, as {@link pointedLine} shows it; `undefined` where there is no such line. */
export function excerptOf(text: string, line: number, column: number): string | undefined {
  const source = text.split('\n')[line - 1]?.replace(/\r$/, '')
  return source === undefined ? undefined : pointedLine(source, column)
}

function placeIn(code: CodeFile, line: number, column: number): CodePlace {
  const { file } = code
  const written = writtenPlace(code, { line, column })
  if (written === undefined) return { file }
  const excerpt = excerptOf(writtenText(code), written.line, written.column)
  return { file, ...written, ...(excerpt !== undefined && { excerpt }) }
}

/** How files are named where they run: what finds such a name, and whose it is. */
function namesIn(files: CodeFiles): {
  readonly pattern: string
  readonly fileOf: (found: readonly (string | undefined)[]) => CodeFile | undefined
} {
  const byPath = new Map(files.flat().flatMap((code) => (code.path === undefined ? [] : [[code.path, code] as const])))
  const paths = [...byPath.keys()].map((path) => path.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
  return {
    pattern: [sandboxFile, ...paths].join('|'),
    fileOf: ([whole = '', action, module]) => {
      if (action !== undefined) return files[Number(action)]?.[module === undefined ? 0 : Number(module) + 1]
      return [...byPath].find(([path]) => whole.startsWith(path))?.[1]
    },
  }
}
