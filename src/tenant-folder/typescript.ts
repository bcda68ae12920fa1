import type { TransformFailure } from 'esbuild'
import { pointedLine } from '../domain/index.ts'

/** Why a source cannot be compiled: one line, and where. */
export interface CompileFault {
  /** From 1. */
  readonly line?: number
  readonly message: string
  /** The line itself and a caret under the place. */
  readonly excerpt?: string
}

/** What runs of a source in TypeScript: CommonJS, empty where there is a fault. */
export interface CompiledCode {
  readonly code: string
  /** The way back to the source, and the source itself: a source map, version 3, as text. It never leaves its author's machine. */
  readonly sourceMap?: string
  readonly fault?: CompileFault
}

/** Whether a file's name says that it is TypeScript. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file)
}

/**
 * Compiles an action or a module in TypeScript into the JavaScript that runs, here and at Auth0: exports become members of `exports`, imports
 * calls of `require`, async functions stay what they are. Types are taken off and not checked.
 */
export async function compileTypeScript(file: string, source: string): Promise<CompiledCode> {
  const { transformSync } = await import('esbuild')
  try {
    // At once: the process behind the other form serves everybody, and whoever is done first ends it for all.
    const { code, map } = transformSync(source, {
      ...{ loader: 'ts', format: 'cjs', target: 'node22', sourcefile: file, sourcemap: 'external', logLevel: 'silent' },
      tsconfigRaw: { compilerOptions: { alwaysStrict: true } },
    })
    return { code, sourceMap: map }
  } catch (error) {
    if (!isFailure(error)) throw error
    return { code: '', fault: faultOf(error) }
  }
}

function isFailure(error: unknown): error is TransformFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

function faultOf({ message, errors }: TransformFailure): CompileFault {
  const [{ text, location } = { text: message, location: null }] = errors
  const said = /^Top-level await/.test(text) ? 'an Action cannot await outside of its handler: move it in there' : text
  if (location === null) return { message: said }
  const { line, column, lineText } = location
  // Columns are counted in bytes.
  const before = Buffer.from(lineText).subarray(0, column).toString()
  return { line, message: said, excerpt: pointedLine(lineText, before.length + 1) }
}
