import { builtinModules, isBuiltin, registerHooks } from 'node:module'
import { compileFunction, constants } from 'node:vm'
import type { CredentialsExchangeAPI } from '../../engine/api.ts'
import type { Event } from '../../engine/event.ts'
import type { LoadVersion } from '../protocol.ts'

/** What an action exports. */
export type Handler = (event: Event, api: CredentialsExchangeAPI) => Promise<unknown>

/** The code of a version cannot become a handler. Reported as such, not as something the action threw. */
export class NotLoadable extends Error {
  override readonly name = 'NotLoadable'
}

/**
 * Built-ins that start programs, threads or debuggers, or reach files past the permission model, in both spellings.
 * Looked up by property alone: an action may have replaced every method of Set, String and RegExp.
 */
const refusedBuiltins: { readonly [id: string]: true } = Object.assign(
  Object.create(null),
  Object.fromEntries(
    [
      'child_process',
      'cluster',
      'worker_threads',
      'inspector',
      'inspector/promises',
      'sqlite',
      'repl',
      'trace_events',
      'wasi',
    ].flatMap((name) => [
      [name, true],
      [`node:${name}`, true],
    ]),
  ),
)

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
 * `return` is legal, a top-level `await` and `import` are not. Throws the SyntaxError.
 */
export function compileAction({ code, folder }: LoadVersion, console: Console): CompiledAction {
  const filename = `${folder}/action.js`
  const parameters = ['module', 'exports', 'console']
  // Alone first: code that closes the wrapper's braces must not come to mean something.
  compileFunction(code, parameters, { filename })
  const source = `return function (${parameters.join(', ')}) {\n${code}\n}`
  const wrap = compileFunction(source, ['require', '__filename', '__dirname'], {
    filename,
    lineOffset: -1,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  let loaded: { readonly handler: Handler | undefined; readonly error: unknown } | undefined
  return {
    handler() {
      if (loaded === undefined) {
        try {
          const module = { exports: {} }
          wrap(requireFor(folder), filename, folder)(module, module.exports, console)
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

/** The `require` of one action: built-ins with and without `node:`; everything else is not there. */
function requireFor(folder: string): (id: string) => unknown {
  const resolve = (id: string): string => {
    if (checkBuiltin(id)) return id
    throw Object.assign(
      new Error(`Cannot find module '${id}'\nOnly Node's built-in modules can be required by this Action.`),
      { code: 'MODULE_NOT_FOUND', requireStack: [`${folder}/action.js`] },
    )
  }
  const requireBuiltin = (id: string): unknown => {
    if (typeof id !== 'string' || id === '') {
      throw Object.assign(new TypeError(`The "id" argument must be a non-empty string. Received ${typeof id}`), {
        code: 'ERR_INVALID_ARG_VALUE',
      })
    }
    resolve(id)
    return builtin(id, folder)
  }
  return Object.assign(requireBuiltin, {
    resolve: Object.assign(resolve, { paths: () => null }),
    cache: {},
    extensions: { '.js': undefined, '.json': undefined, '.node': undefined },
    main: undefined,
  })
}

/** Whether an id names a built-in. Throws when it is one that actions may not have. */
function checkBuiltin(id: string): boolean {
  if (!isBuiltin(id)) return false
  if (refusedBuiltins[id] === true) {
    throw Object.assign(new Error(`The built-in module "${id}" is not available to Actions.`), {
      code: 'ERR_ACCESS_DENIED',
    })
  }
  return true
}

function isModule(id: string): boolean {
  return id === 'module' || id === 'node:module'
}

const loadBuiltin = process.getBuiltinModule

function builtin(id: string, folder: string): unknown {
  // The real one could make a require that knows no rules.
  if (isModule(id)) return { builtinModules, isBuiltin, createRequire: () => requireFor(folder) }
  return loadBuiltin(id)
}

/** `import()` of built-ins under the rules of `require`; the permission model keeps it from every file but the bundle's. */
export function guardImports(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (checkBuiltin(specifier) && isModule(specifier)) {
        throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' })
      }
      return next(specifier, context)
    },
  })
}

/** `process.getBuiltinModule` under the rules of `require`. */
export function guardedGetBuiltinModule(id: unknown): unknown {
  if (typeof id !== 'string') return undefined
  return checkBuiltin(id) && !isModule(id) ? loadBuiltin(id) : undefined
}
