import fs from 'node:fs'
import nodeModule from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction, constants } from 'node:vm'
import { builtinForPackage } from './builtins.ts'
import { admitPackages } from './imports.ts'

// Taken now: packages are loaded when actions have already run.
const { readFileSync } = fs
const { dirname, extname, join } = path
const { createRequire, isBuiltin } = nodeModule
const { parse } = JSON
const { freeze } = Object
const toPath = fileURLToPath
const compile = compileFunction
const startsWith = Function.prototype.call.bind(String.prototype.startsWith)
const codeAt = Function.prototype.call.bind(String.prototype.charCodeAt)
const slice = Function.prototype.call.bind(String.prototype.slice)
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER

/** What CommonJS code calls `require`. */
export interface Require {
  (id: string): unknown
  readonly resolve: (id: string) => string
  readonly cache: object
  readonly extensions: object
  readonly main: undefined
}

/** What CommonJS code of a package calls `module`. */
export class PackageModule {
  exports: unknown = {}
  loaded = false
  readonly id: string
  readonly filename: string
  readonly path: string
  readonly children: readonly PackageModule[] = []
  readonly paths: readonly string[] = []
  /** Never absent: a package without a parent takes itself for the program. */
  readonly parent: object
  readonly #tree: PackageTree
  #require: Require | undefined

  constructor(filename: string, parent: object, tree: PackageTree) {
    this.id = filename
    this.filename = filename
    this.path = dirname(filename)
    this.parent = parent
    this.#tree = tree
  }

  get require(): Require {
    this.#require ??= this.#tree.requireFrom(this.filename, this)
    return this.#require
  }
}

/** An error for what cannot be resolved, as Node's own has it. */
export function moduleNotFound(id: string, from: string, advice = ''): Error {
  return Object.assign(new Error(`Cannot find module '${id}'${advice}\nRequire stack:\n- ${from}`), {
    code: 'MODULE_NOT_FOUND',
    requireStack: [from],
  })
}

/**
 * The installed packages of one bundle, required as Node would require them, by one action: two actions of a process share no module of
 * CommonJS. Node resolves, and loads what is an ES module; nothing outside of the folder resolves, by whatever path, and no add-on loads.
 */
export class PackageTree {
  readonly #folder: string
  readonly #prefix: string
  readonly #root: object
  readonly #cache: { [filename: string]: PackageModule } = Object.create(null)
  readonly #types: { [folder: string]: string } = Object.create(null)
  /** Node's, for ES modules: what they import follows the hooks of `imports.ts`. */
  readonly #nodeRequire: (file: string) => unknown

  constructor(folder: string) {
    admitPackages(folder)
    this.#folder = folder
    this.#prefix = `${folder}/`
    this.#nodeRequire = createRequire(`${folder}/packages.cjs`)
    this.#root = freeze({
      id: '.',
      filename: `${folder}/packages.cjs`,
      exports: {},
      children: [],
      paths: [],
      loaded: true,
    })
  }

  get cache(): object {
    return this.#cache
  }

  /** The module object of a file of the bundle, given relative to the folder. */
  moduleOf(relative: string): PackageModule {
    return new PackageModule(`${this.#prefix}${relative}`, this.#root, this)
  }

  /** The `require` of a file, which need not exist. */
  requireFrom(filename: string, parent: object = this.#root): Require {
    const resolver = createRequire(filename)
    const createRequireHere = (from: string | URL): Require =>
      this.requireFrom(typeof from === 'string' && !startsWith(from, 'file:') ? from : toPath(from))
    const resolve = (id: string): string => {
      if (typeof id === 'string' && isBuiltin(id)) return id
      return this.#resolve(resolver.resolve, id, filename)
    }
    const require = (id: string): unknown => {
      if (typeof id === 'string' && isBuiltin(id)) return builtinForPackage(id, createRequireHere)
      return this.#load(this.#resolve(resolver.resolve, id, filename), parent)
    }
    return Object.assign(require, {
      resolve: Object.assign(resolve, { paths: () => [] }),
      cache: this.#cache,
      extensions: { '.js': undefined, '.json': undefined, '.node': undefined },
      main: undefined,
    })
  }

  #resolve(resolve: (id: string) => string, id: string, from: string): string {
    let file: string
    try {
      file = resolve(id)
    } catch (error) {
      // Refused by the permission model: it is outside, so it is not there.
      if (error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED')
        throw moduleNotFound(id, from)
      throw error
    }
    if (!startsWith(file, this.#prefix)) throw moduleNotFound(id, from)
    return file
  }

  #load(filename: string, parent: object): unknown {
    const known = this.#cache[filename]
    if (known !== undefined) return known.exports
    const extension = extname(filename)
    if (extension === '.node') {
      throw Object.assign(new Error(`Native add-ons are not available to Actions: ${filename}`), {
        code: 'ERR_DLOPEN_DISABLED',
      })
    }
    if (extension === '.mjs' || (extension === '.js' && this.#typeOf(dirname(filename)) === 'module')) {
      return this.#nodeRequire(filename)
    }
    const module = new PackageModule(filename, parent, this)
    this.#cache[filename] = module
    try {
      if (!this.#run(module, extension)) {
        delete this.#cache[filename]
        return this.#nodeRequire(filename)
      }
    } catch (error) {
      delete this.#cache[filename]
      throw error
    }
    module.loaded = true
    return module.exports
  }

  /** Answers false when the file is an ES module that does not say so. */
  #run(module: PackageModule, extension: string): boolean {
    const { filename } = module
    const text = readFileSync(filename, 'utf8')
    const source = codeAt(text, 0) === 0xfeff ? slice(text, 1) : text
    if (extension === '.json') {
      module.exports = parse(source)
      return true
    }
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
    let run: unknown
    try {
      run = compile(source, parameters, { filename, importModuleDynamically })
    } catch (error) {
      if (!(error instanceof SyntaxError) || extension === '.cjs') throw error
      return false
    }
    if (typeof run === 'function') {
      Reflect.apply(run, module.exports, [module.exports, module.require, module, filename, module.path])
    }
    return true
  }

  /** `type` of the package a folder is in. */
  #typeOf(folder: string): string {
    const known = this.#types[folder]
    if (known !== undefined) return known
    let type: string | undefined
    try {
      const { type: declared }: { readonly type?: unknown } = parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      type = declared === 'module' ? 'module' : 'commonjs'
    } catch {
      // Not the root of a package: the folder above decides.
      type = folder === this.#folder ? 'commonjs' : this.#typeOf(dirname(folder))
    }
    this.#types[folder] = type
    return type
  }
}
