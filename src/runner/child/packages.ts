import fs from 'node:fs'
import vm from 'node:vm'
import { warmBuiltins } from './builtins.ts'
import { PackageTree, type Require } from './package-tree.ts'

// Taken now: the packages of a module are parsed when actions have already run.
const { readFileSync } = fs
const { constants, Script } = vm
const { create, hasOwn } = Object
const { parse } = JSON
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER

/** The packages of one action or module: what it declared, and what came along. */
export interface Packages {
  /** Whether the bundle holds a specifier. What it does not hold may still be in the tree. */
  holds(specifier: string): boolean
  /** By a specifier as the code says it: out of the bundle where that holds it, else out of the tree. */
  require(specifier: string): unknown
  resolve(specifier: string): string
  /** What `require.cache` shows. */
  readonly cache: object
}

type Table = { readonly [specifier: string]: () => unknown }

/**
 * What `packages.cjs` evaluates to. `exports` of the module it is given becomes the table of specifiers, each a function that loads;
 * `moduleOf` makes the module object of each file, by its path beside the bundle.
 */
type Bundle = (module: { exports: Table }, require: Require, moduleOf: (relative: string) => object) => void

/** Scripts by their file: parsed once for all actions of the process. */
const scripts: { [file: string]: vm.Script } = create(null)

/** The bundle's script of a folder, with the code cache beside it where V8 takes that. */
export function bundleScript(folder: string): vm.Script {
  const filename = `${folder}/packages.cjs`
  const known = scripts[filename]
  if (known !== undefined) return known
  const source = readFileSync(filename, 'utf8')
  const cachedData = readCache(`${filename}.cache`)
  const options = { filename, importModuleDynamically }
  const script = new Script(source, cachedData === undefined ? options : { ...options, cachedData })
  scripts[filename] = script
  return script
}

/** The built-ins that the packages of a folder require, as its `bundle.json` has them. */
function builtinsOf(folder: string): readonly string[] {
  const { builtins }: { readonly builtins: readonly string[] } = parse(readFileSync(`${folder}/bundle.json`, 'utf8'))
  return builtins
}

function readCache(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    // Made without one: it starts slower.
    return undefined
  }
}

/**
 * Opens the packages in a folder: parses the bundle at once, runs nothing of it before the first `require`. Each call is an instance of
 * its own, whose modules have their own state; ES modules that only the tree holds are one for the process.
 *
 * @param folder - absolute and without links: it holds `packages.cjs`, `bundle.json`, perhaps `packages.cjs.cache`, and `node_modules`
 */
export function openPackages(folder: string): Packages {
  const script = bundleScript(folder)
  warmBuiltins(builtinsOf(folder))
  const tree = new PackageTree(folder)
  const fallback = tree.requireFrom(`${folder}/packages.cjs`)
  let table: Table | undefined
  const open = (): Table => {
    if (table === undefined) {
      const module: { exports: Table } = { exports: create(null) }
      const run: Bundle = script.runInThisContext()
      run(module, fallback, (relative) => tree.moduleOf(relative))
      table = module.exports
    }
    return table
  }
  return {
    holds: (specifier) => hasOwn(open(), specifier),
    require: (specifier) => {
      const load = hasOwn(open(), specifier) ? open()[specifier] : undefined
      return load === undefined ? fallback(specifier) : load()
    },
    resolve: fallback.resolve,
    cache: tree.cache,
  }
}
