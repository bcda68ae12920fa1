import { compileFunction, constants } from 'node:vm'
import { admitImporter } from './imports.ts'
import type { Require } from './package-tree.ts'

/** What is compiled: the source, and what its wrapper is made of. */
export interface CompileCode {
  readonly code: string
  readonly folder: string
  readonly filename: string
  readonly parameters: readonly string[]
  readonly packages: string | undefined
  /** Whether a debugger may look at it, and is to find the author's own text. */
  readonly isInspected: boolean
}

/** The parameters of the function that the code of an action is the body of, and of a module's, beside `require`. */
export const codeParameters = {
  action: ['module', 'exports', 'console'],
  module: ['module', 'exports', 'console', 'actions'],
} as const

/** Around those: an author may declare one of these names anew. */
const outerParameters = ['require', '__filename', '__dirname']

/** What stands before the author's own text in what is compiled of it. */
export function wrapperHead(parameters: readonly string[]): string {
  return `return function (${parameters.join(', ')}) {\n`
}

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
      const whole = compileFunction(code, [...outerParameters, ...parameters], { filename, importModuleDynamically })
      return (require, ...values) => whole(require, filename, folder, ...values)
    } catch {
      // It may declare one of the outer names itself, which is legal.
    }
  }
  // Alone first: code that closes the wrapper's braces must not come to mean something.
  compileFunction(code, parameters, { filename })
  const source = `${wrapperHead(parameters)}${code}\n}`
  const wrap = compileFunction(source, outerParameters, { filename, lineOffset: -1, importModuleDynamically })
  return (require, ...values) => wrap(require, filename, folder)(...values)
}
