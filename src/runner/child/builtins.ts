import nodeModule from 'node:module'
import { compileFunction } from 'node:vm'
import { guardBuiltin } from './late-guards.ts'

// Taken now: the module itself is within reach of packages.
const { builtinModules, isBuiltin } = nodeModule
const load = process.getBuiltinModule
const { stringify } = JSON
const slice = Function.prototype.call.bind(String.prototype.slice)

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

function loadBuiltin(id: string): unknown {
  guardBuiltin(id)
  return load(id)
}

/** Whether an id names a built-in. Throws when it is one that actions may not have. */
export function checkBuiltin(id: string): boolean {
  if (!isBuiltin(id)) return false
  if (refusedBuiltins[id] === true) {
    throw Object.assign(new Error(`The built-in module "${id}" is not available to Actions.`), {
      code: 'ERR_ACCESS_DENIED',
    })
  }
  return true
}

/** Whether an id names a built-in that actions may not have; throws nothing. */
export function isRefused(id: string): boolean {
  return refusedBuiltins[id] === true && isBuiltin(id)
}

/** Whether an id names the module that makes a `require`. */
export function isModule(id: string): boolean {
  return id === 'module' || id === 'node:module'
}

/** What an action gets for a built-in that {@link checkBuiltin} let through. */
export function builtinForAction(id: string, createRequire: (filename: string | URL) => unknown): unknown {
  // The real one could make a require that knows no rules.
  if (isModule(id)) return { builtinModules, isBuiltin, createRequire }
  return loadBuiltin(id)
}

/**
 * What a package gets for a built-in. Packages name a refused one without using it more often than not, for a feature that no Action
 * asks for: they get a stand-in of the same names, whose functions and classes throw when they are used.
 */
export function builtinForPackage(id: string, createRequire: (filename: string | URL) => unknown): unknown {
  if (isModule(id)) return moduleForPackage(createRequire)
  return isRefused(id) ? standIn(id) : loadBuiltin(id)
}

/** Loads built-ins that packages will ask for, and what Node makes of `fetch` and its like, so that no execution waits for it. */
export function warmBuiltins(ids: readonly string[]): void {
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index]
    if (id !== undefined && isBuiltin(id) && refusedBuiltins[id] !== true) loadBuiltin(id)
  }
  Reflect.get(globalThis, 'FormData')
}

/** `process.getBuiltinModule` under the rules of `require`. */
export function guardedGetBuiltinModule(id: unknown): unknown {
  if (typeof id !== 'string') return undefined
  return checkBuiltin(id) && !isModule(id) ? loadBuiltin(id) : undefined
}

/** A class, as packages know it, that leads to the given `createRequire` alone. */
function moduleForPackage(createRequire: (filename: string | URL) => unknown): unknown {
  class Module {
    readonly id: string
    exports: unknown = {}
    constructor(id = '') {
      this.id = id
    }
    static readonly builtinModules = builtinModules
    static readonly isBuiltin = isBuiltin
    static readonly createRequire = createRequire
    static readonly _cache = {}
    static readonly _extensions = {}
    static readonly Module = Module
  }
  return Module
}

const standIns: { [id: string]: unknown } = Object.create(null)

function standIn(id: string): unknown {
  standIns[id] ??= compileFunction(`return ${standInExpression(id).expression}`, [])()
  return standIns[id]
}

/** The source of an ES module that stands in for a refused built-in, for who imports it. */
export function standInSource(id: string): string {
  const { expression, names } = standInExpression(id)
  let listed = ''
  for (let index = 0; index < names.length; index++) listed += `${names[index]}, `
  return `const all = ${expression}
export default all
export { all as 'module.exports' }
export const { ${listed}} = all`
}

/** An object of the names a built-in exports: each function throws, each plain value is itself, everything else is an empty object. */
function standInExpression(id: string): { readonly expression: string; readonly names: readonly string[] } {
  const name = slice(id, 0, 5) === 'node:' ? slice(id, 5) : id
  const names: string[] = []
  let expression = '{ __proto__: null'
  let real: unknown
  try {
    real = loadBuiltin(name)
  } catch {
    // Not in this build of Node: nothing to stand in for.
    real = undefined
  }
  for (const key in Object(real)) {
    if (key === 'default') continue
    names[names.length] = key
    expression += `, ${stringify(key)}: ${valueExpression(`${name}.${key}`, Object(real)[key])}`
  }
  return { expression: `${expression} }`, names }
}

function valueExpression(name: string, value: unknown): string {
  if (typeof value === 'function') {
    const message = stringify(`${name} is not available to Actions.`)
    return `function () { throw Object.assign(new Error(${message}), { code: 'ERR_ACCESS_DENIED' }) }`
  }
  if (typeof value === 'symbol') return 'Symbol()'
  if (typeof value === 'object' && value !== null) return '{}'
  return stringify(value) ?? 'undefined'
}
