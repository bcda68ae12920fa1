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
}

/** Runs the code with its `require`, and values for its parameters. Once: it keeps nothing. */
export type Run = (require: Require, ...values: readonly unknown[]) => void

/**
 * Parses code as the body of a function of its parameters, with `require` around it: a top-level `return` is legal, a top-level `await` and
 * `import` are not. Throws the SyntaxError.
 */
export function compileCode({ code, folder, filename, parameters, packages }: CompileCode): Run {
  // Alone first: code that closes the wrapper's braces must not come to mean something.
  compileFunction(code, parameters, { filename })
  const source = `return function (${parameters.join(', ')}) {\n${code}\n}`
  const wrap = compileFunction(source, ['require', '__filename', '__dirname'], {
    filename,
    lineOffset: -1,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  admitImporter(filename, folder, packages)
  return (require, ...values) => wrap(require, filename, folder)(...values)
}
