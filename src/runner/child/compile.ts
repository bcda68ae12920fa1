import vm from 'node:vm'
import { admitImporter } from './imports.ts'
import type { Require } from './package-tree.ts'

// Taken before any action runs: what is compiled later is another action's module.
const { compileFunction, constants } = vm
const slice: (text: string, start: number, end?: number) => string = Function.prototype.call.bind(
  String.prototype.slice,
)

/** What is compiled: the source, and what its wrapper is made of. */
export interface CompileCode {
  readonly code: string
  readonly folder: string
  readonly filename: string
  readonly parameters: CodeParameters
  readonly packages: string | undefined
  /** Whether a debugger may look at it, and is to find the author's own text. */
  readonly isInspected: boolean
}

/** The parameters of a function, and what stands before the author's own text in what is compiled of that. */
interface CodeParameters {
  readonly names: readonly string[]
  readonly head: string
}

/** Of the function that the code of an action is the body of, and of a module's, beside `require`. */
export const codeParameters = {
  action: parametersOf('module', 'exports', 'console'),
  module: parametersOf('module', 'exports', 'console', 'actions'),
}

/** Around those: an author may declare one of these names anew. */
const outerParameters = ['require', '__filename', '__dirname']

/** Runs the code with its `require`, and values for its parameters. Once: it keeps nothing. */
export type Run = (require: Require, ...values: readonly unknown[]) => void

/**
 * Parses code as the body of a function of its parameters, with `require` around it: a top-level `return` is legal, a top-level `await` and
 * `import` are not. Throws the SyntaxError.
 */
export function compileCode({ code, folder, filename, parameters, packages, isInspected }: CompileCode): Run {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  admitImporter(filename, folder, packages)
  if (isInspected) {
    try {
      const whole = compileFunction(code, [...outerParameters, ...parameters.names], {
        filename,
        importModuleDynamically,
      })
      return (require, ...values) => whole(require, filename, folder, ...values)
    } catch {
      // It may declare one of the outer names itself, which is legal.
    }
  }
  // Alone first: code that closes the wrapper's braces must not come to mean something.
  compileFunction(code, parameters.names, { filename })
  // A first line for a shell, which is a comment, is none further down.
  const text = slice(code, 0, 2) === '#!' ? `//${slice(code, 2)}` : code
  const source = `${parameters.head}${text}\n}`
  const wrap = compileFunction(source, outerParameters, { filename, lineOffset: -1, importModuleDynamically })
  return (require, ...values) => wrap(require, filename, folder)(...values)
}

function parametersOf(...names: readonly string[]): CodeParameters {
  return { names, head: `return function (${names.join(', ')}) {\n` }
}
