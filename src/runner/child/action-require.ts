import { builtinForAction, checkBuiltin } from './builtins.ts'
import type { Modules } from './modules.ts'
import { moduleNotFound, type Require } from './package-tree.ts'
import type { Packages } from './packages.ts'

const startsWith = Function.prototype.call.bind(String.prototype.startsWith)
const prefix = 'actions:'

/** What the `require` of an action or a module leads to beside built-ins. */
export interface Reach {
  /** Absolute path of the file that requires. */
  readonly filename: string
  readonly packages: Packages | undefined
  /** The modules an action pins; absent for a module, which may load none. */
  readonly modules: Modules | undefined
}

/** The `require` of an action or a module: built-ins with and without `node:`, its packages, and for an action `actions:NAME`. */
export function requireFor({ filename, packages, modules }: Reach): Require {
  const check = (id: string): void => {
    if (typeof id === 'string' && id !== '') return
    throw Object.assign(new TypeError(`The "id" argument must be a non-empty string. Received ${typeof id}`), {
      code: 'ERR_INVALID_ARG_VALUE',
    })
  }
  const missing = (id: string): Error => {
    if (!startsWith(id, prefix)) {
      return moduleNotFound(
        id,
        filename,
        "\nDeclare it as a dependency. Without that, only Node's built-in modules can be required.",
      )
    }
    return modules === undefined
      ? moduleNotFound(id, filename, '\nA module cannot use other modules.')
      : moduleNotFound(id, filename, '\nThe Action has no module of that name; add it to the modules of the Action.')
  }
  const isPath = (id: string): boolean => id[0] === '.' || id[0] === '/'
  /** A package that is not there is the author's to declare; what a package itself misses is told as it is. */
  const within = <R>(id: string, run: (packages: Packages) => R): R => {
    if (packages === undefined || isPath(id) || startsWith(id, prefix)) throw missing(id)
    if (packages.holds(id)) return run(packages)
    try {
      packages.resolve(id)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') throw missing(id)
      throw error
    }
    return run(packages)
  }
  const resolve = (id: string): string => {
    check(id)
    if (checkBuiltin(id) || modules?.has(id)) return id
    return within(id, (found) => found.resolve(id))
  }
  const require = (id: string): unknown => {
    check(id)
    if (checkBuiltin(id)) return builtinForAction(id, () => require)
    if (modules?.has(id)) return modules.load(id)
    return within(id, (found) => found.require(id))
  }
  return Object.assign(require, {
    resolve: Object.assign(resolve, { paths: () => null }),
    cache: packages?.cache ?? {},
    extensions: { '.js': undefined, '.json': undefined, '.node': undefined },
    main: undefined,
  })
}
