import { types } from 'node:util'
import { compileFunction } from 'node:vm'
import { pointedLine } from '../domain/index.ts'

/** Why a source is not an action's: one line, and where. */
export interface ParseFault {
  /** From 1; `undefined` when the engine does not tell. */
  readonly line?: number
  readonly message: string
  /** The line itself and a caret under the place. */
  readonly excerpt?: string
}

/**
 * Parses an action's source as the runner will, and runs none of it: the body of a function of `module`, `exports` and `console`.
 * Answers what is wrong with it; `undefined` when it parses.
 */
export function findParseFault(code: string): ParseFault | undefined {
  try {
    compileFunction(code, ['module', 'exports', 'console'], { filename: 'action.js' })
    return undefined
  } catch (error) {
    // A test runner may load us where it is not of our own `SyntaxError`.
    if (!types.isNativeError(error) || error.name !== 'SyntaxError') throw error
    const [place = '', source, caret] = error.stack?.split('\n') ?? []
    const line = /:(\d+)$/.exec(place)?.[1]
    const [, margin = '', mark] = /^(\s*)(\^+)/.exec(caret ?? '') ?? []
    return {
      message: `${error.message}${wayOut(error.message)}`,
      ...(line === undefined ? {} : { line: Number(line) }),
      ...(source === undefined || mark === undefined ? {} : { excerpt: pointedLine(source, margin.length + 1, mark) }),
    }
  }
}

function wayOut(message: string): string {
  if (/import statement|outside a module|Unexpected token 'export'/.test(message)) {
    return ': an Action is CommonJS; use require(…) and exports.onExecuteCredentialsExchange'
  }
  if (/await is only valid/.test(message)) return ': move it into the handler'
  return ''
}
