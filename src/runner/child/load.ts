import type { CredentialsExchangeAPI } from '../../engine/api.ts'
import type { Event } from '../../engine/event.ts'
import type { LoadVersion } from '../protocol.ts'
import { requireFor } from './action-require.ts'
import { codeParameters, compileCode } from './compile.ts'
import { openModules } from './modules.ts'
import { openPackages } from './packages.ts'

export { guardedGetBuiltinModule } from './builtins.ts'
export { guardImports } from './imports.ts'

/** What an action exports. */
export type Handler = (event: Event, api: CredentialsExchangeAPI) => Promise<unknown>

/** The code of a version cannot become a handler. Reported as such, not as something the action threw. */
export class NotLoadable extends Error {
  override readonly name = 'NotLoadable'
}

const handlerName = 'onExecuteCredentialsExchange'

/** A version's code, parsed but not yet run. */
export interface CompiledAction {
  /**
   * The handler. The code runs once, at the first call; its exports, or the error it threw, are kept for the life of the process.
   *
   * @see Auth0 Docs, "Migrate to Node.js 22": module-level code runs once per instance
   */
  handler(): Handler
}

/**
 * Parses an action's source as the body of a function of `module`, `exports` and `console`, with `require` around it: a top-level
 * `return` is legal, a top-level `await` and `import` are not. Its packages are parsed too, its modules at their first `require`.
 * Throws the SyntaxError.
 */
export function compileAction(
  { code, folder, packages, modules, file }: LoadVersion,
  console: Console,
): CompiledAction {
  const filename = file ?? `${folder}/action.js`
  const run = compileCode({
    code,
    folder,
    filename,
    parameters: codeParameters.action,
    packages,
    isInspected: file !== undefined,
  })
  const opened = packages === undefined ? undefined : openPackages(packages)
  let loaded: { readonly handler: Handler | undefined; readonly error: unknown } | undefined
  return {
    handler() {
      if (loaded === undefined) {
        try {
          const module = { exports: {} }
          const reach = { filename, packages: opened, modules: openModules(modules ?? [], console) }
          run(requireFor(reach), module, module.exports, console)
          loaded = { handler: readHandler(module), error: undefined }
        } catch (error) {
          loaded = { handler: undefined, error }
        }
      }
      if (loaded.handler === undefined) throw loaded.error
      return loaded.handler
    },
  }
}

/** Auth0's own check: an own export of an object, whose constructor is AsyncFunction. */
function readHandler(module: { readonly exports: unknown }): Handler {
  const { exports } = module
  if (typeof exports !== 'object' || exports === null || !Object.hasOwn(exports, handlerName)) {
    throw new NotLoadable(
      `The Action must export an async function: exports.${handlerName} = async (event, api) => { … }. ` +
        (typeof exports === 'function' ? 'It sets module.exports to a function.' : 'It has no such export.'),
    )
  }
  const handler: unknown = Reflect.get(exports, handlerName)
  if (!isAsyncFunction(handler)) {
    throw new NotLoadable(
      `exports.${handlerName} must be an async function; a function that returns a promise is not one. ` +
        'Write async (event, api) => { … }, and compile to ES2017 or later.',
    )
  }
  return handler
}

function isAsyncFunction(value: unknown): value is Handler {
  return typeof value === 'function' && value.constructor.name === 'AsyncFunction'
}
