import nodeModule from 'node:module'
import { pathToFileURL } from 'node:url'
import { checkBuiltin, isModule, isRefused, standInSource } from './builtins.ts'
import { guardBuiltin } from './late-guards.ts'

const { registerHooks } = nodeModule
const toUrl = pathToFileURL
const startsWith = Function.prototype.call.bind(String.prototype.startsWith)
const slice = Function.prototype.call.bind(String.prototype.slice)
const standInScheme = 'symbolon-refused:'

/** Who may import what: the URL of an action's or a module's file → its own folder, and the folder of its packages. */
const importers: { [url: string]: { readonly folder: string; readonly packages: string | undefined } } =
  Object.create(null)
const packageFolders: string[] = []

/**
 * Lets the code of a file import its packages: those beside `packages`, and nothing else of the disk but its own folder.
 * Files of two versions with different packages must differ in their path.
 */
export function admitImporter(file: string, folder: string, packages: string | undefined): void {
  importers[toUrl(file).href] = {
    folder: folderUrl(folder),
    packages: packages === undefined ? undefined : folderUrl(packages),
  }
}

/** Lets the files of a packages folder require and import each other. */
export function admitPackages(folder: string): void {
  const url = folderUrl(folder)
  if (packagesOf(url) === undefined) packageFolders[packageFolders.length] = url
}

function folderUrl(folder: string): string {
  return `${toUrl(folder).href}/`
}

function packagesOf(url: string): string | undefined {
  for (let index = 0; index < packageFolders.length; index++) {
    const folder = packageFolders[index]
    if (folder !== undefined && startsWith(url, folder)) return folder
  }
  return undefined
}

/**
 * Holds `import`, and Node's own `require` within packages, to the rules of an action's `require`: built-ins by the list, packages out
 * of their own folder. The permission model keeps them from every file beyond that; whoever holds Node's module class makes no other rules.
 */
export function guardImports(): void {
  registerHooks({
    resolve(specifier, context, next) {
      guardBuiltin(specifier)
      const parent = context.parentURL ?? ''
      const packages = packagesOf(parent)
      if (packages !== undefined) {
        if (isRefused(specifier)) {
          return { url: `${standInScheme}${specifier}`, format: 'module', shortCircuit: true }
        }
        return confined(specifier, next(specifier, context), packages, undefined)
      }
      if (checkBuiltin(specifier) && isModule(specifier)) throw notFound(specifier)
      const importer = importers[parent]
      if (importer?.packages === undefined)
        return confined(specifier, next(specifier, context), importer?.folder, undefined)
      // A relative one means the action's own folder; a bare one its packages.
      const isRelative = slice(specifier, 0, 1) === '.' || slice(specifier, 0, 1) === '/'
      const parentURL = isRelative ? parent : `${importer.packages}packages.cjs`
      return confined(specifier, next(specifier, { ...context, parentURL }), importer.folder, importer.packages)
    },
    load(url, context, next) {
      if (!startsWith(url, standInScheme)) return next(url, context)
      return { format: 'module', source: standInSource(slice(url, standInScheme.length)), shortCircuit: true }
    },
  })
  for (const name of ['registerHooks', 'register', 'runMain']) {
    Object.defineProperty(nodeModule, name, {
      value: () => {
        throw Object.assign(new Error(`module.${name} is not available to Actions.`), { code: 'ERR_ACCESS_DENIED' })
      },
      writable: false,
      configurable: false,
      enumerable: true,
    })
  }
}

function confined<R extends { readonly url: string }>(
  specifier: string,
  resolved: R,
  first: string | undefined,
  second: string | undefined,
): R {
  const { url } = resolved
  if (!startsWith(url, 'file:')) return resolved
  if (first !== undefined && startsWith(url, first)) return resolved
  if (second !== undefined && startsWith(url, second)) return resolved
  throw notFound(specifier)
}

function notFound(specifier: string): Error {
  return Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' })
}
