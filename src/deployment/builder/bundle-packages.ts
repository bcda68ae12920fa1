import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { extname, relative, resolve as resolvePath, sep } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** A bundle, and what could not become part of it. */
export interface PackagesBundle {
  readonly text: string
  readonly specifiers: readonly string[]
  /** The built-ins it requires. */
  readonly builtins: readonly string[]
  readonly left: readonly { readonly specifier: string; readonly reason: string }[]
}

/**
 * One script of everything that specifiers lead to, as Node 22 would load it by `require`: the text of a function of `module`, `require` and
 * `moduleOf` that makes `module.exports` the table of specifiers. The packages run when they are asked for. A specifier that esbuild
 * cannot bundle is left out and named.
 */
export async function bundlePackages(folder: string, specifiers: readonly string[]): Promise<PackagesBundle> {
  const whole = await tryBundle(folder, specifiers)
  if ('text' in whole) return { ...whole, specifiers, left: [] }
  const left: { readonly specifier: string; readonly reason: string }[] = []
  for (const specifier of specifiers) {
    const alone = await tryBundle(folder, [specifier])
    if ('reason' in alone) left.push({ specifier, reason: alone.reason })
  }
  const kept = specifiers.filter((specifier) => !left.some((each) => each.specifier === specifier))
  const rest = await tryBundle(folder, kept)
  if ('text' in rest) return { ...rest, specifiers: kept, left }
  throw new Error(`packages that can be bundled alone cannot be bundled together: ${rest.reason}`)
}

type Bundled = Pick<PackagesBundle, 'text' | 'builtins'> | { readonly reason: string }

async function tryBundle(folder: string, specifiers: readonly string[]): Promise<Bundled> {
  const table = specifiers.map(
    (specifier) => `${JSON.stringify(specifier)}: () => require(${JSON.stringify(specifier)})`,
  )
  try {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `module.exports = { __proto__: null, ${table.join(', ')} }`,
        resolveDir: folder,
        sourcefile: 'packages',
      },
      absWorkingDir: folder,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      target: 'node22',
      format: 'cjs',
      // Node's own conditions: without these esbuild takes files for bundlers, which Node never runs.
      conditions: ['module-sync'],
      mainFields: ['main'],
      resolveExtensions: ['.js', '.json', '.node'],
      tsconfigRaw: '{}',
      ignoreAnnotations: true,
      keepNames: true,
      legalComments: 'none',
      logLevel: 'silent',
      define: { 'import.meta': metaName },
      plugins: [likeNode(folder)],
    })
    const [output] = outputFiles
    if (output === undefined) throw new Error('esbuild made no bundle')
    const required = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    return {
      text: wrap(output.text, Object.keys(metafile.inputs)),
      builtins: [...new Set(required.filter(isBuiltin))].sort(),
    }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

const metaName = '__symbolon_import_meta'
const loadable = ['.js', '.cjs', '.mjs', '.json']

/** Leaves to Node what esbuild cannot resolve or would load in another way, and gives ES modules the address they have in the tree. */
function likeNode(folder: string): Plugin {
  return {
    name: 'like-node',
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, namespace, pluginData }) => {
        if (pluginData === asked || kind === 'entry-point') return undefined
        // Most are files named in full: those are found without asking.
        const file = resolvePath(resolveDir, path)
        if (path.startsWith('.') && loadable.includes(extname(path)) && isFile(file)) return { path: file }
        const found = await resolve(path, { kind, importer, resolveDir, namespace, pluginData: asked })
        const isOurs =
          found.errors.length === 0 &&
          !found.external &&
          found.path.startsWith(`${folder}${sep}`) &&
          loadable.includes(extname(found.path))
        return isOurs ? { path: found.path } : { path, external: true }
      })
      onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8')
        const text = source.replaceAll(globRequire, "$1''.concat() + ")
        const needsMeta = /\bimport\s*\.\s*meta\b/.test(text)
        if (!needsMeta) return { contents: text, loader: 'js' }
        const place = JSON.stringify(relative(folder, path).split(sep).join('/'))
        return { contents: `var ${metaName} = __symbolon_meta(${place}); ${text}`, loader: 'js' }
      })
    },
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

const asked = Symbol('asked')
/** `require('./' + name)`: esbuild would bundle every file of the folder in its place. */
const globRequire = /(?<![.\w$])((?:require|import)\s*\(\s*)(?=(['"])\.(?:(?!\2).)*\2\s*\+|`\.[^`]*\$\{)/g

/** The bundle as a function, each file of CommonJS with the `module`, `require` and names it has in the tree. */
function wrap(text: string, inputs: readonly string[]): string {
  const known = new Set(inputs)
  const header = /( = __commonJS\(\{\n {2}"([^"\n]+)")\(([\w$, ]*)\) \{$/gm
  const files = text.replaceAll(header, (all, start: string, place: string, parameters: string) => {
    if (!known.has(place)) return all
    const [exports = '__exports', module = '__module'] = parameters === '' ? [] : parameters.split(', ')
    return `${start}(${exports}, ${module}, require, __filename, __dirname) {`
  })
  const withModules = swap(files, /^var __commonJS = [\s\S]*?^};$/m, commonJs)
  const withNamespaces = swap(withModules, /^var __toCommonJS = .*$/m, toCommonJs)
  return `(function (module, require, moduleOf) {\n${meta}\n${withNamespaces}\n})`
}

/** In place of a piece of esbuild's own, where the bundle has it. */
function swap(text: string, piece: RegExp, own: string): string {
  return text.replace(piece, () => own)
}

const commonJs = `var __commonJS = (files, module) => function __require() {
  if (module) return module.exports;
  const place = __getOwnPropNames(files)[0], own = module = moduleOf(place);
  try {
    Reflect.apply(files[place], own.exports, [own.exports, own, own.require, own.filename, own.path]);
  } catch (error) {
    throw module = undefined, error;
  }
  own.loaded = true;
  return own.exports;
};`

/** What Node 22 answers for an ES module. @see Node.js documentation, "Modules: CommonJS modules": loading ECMAScript modules using require() */
const toCommonJs = `var __namespaces = new WeakMap();
var __toCommonJS = (exports) => {
  let namespace = __namespaces.get(exports);
  if (namespace) return namespace;
  if (Object.hasOwn(exports, 'module.exports')) return exports['module.exports'];
  namespace = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } });
  const names = Object.keys(exports), marked = names.includes('default') && !names.includes('__esModule');
  for (const name of (marked ? [...names, '__esModule'] : names).sort())
    Object.defineProperty(namespace, name, marked && name === '__esModule' ? { value: true, enumerable: true } : { get: () => exports[name], enumerable: true });
  Object.preventExtensions(namespace);
  __namespaces.set(exports, namespace);
  return namespace;
};`

const meta = `var __symbolon_meta = (place) => {
  const { filename, path, require } = moduleOf(place), { pathToFileURL } = require('node:url');
  return { __proto__: null, dirname: path, filename, resolve: (id) => { const found = require.resolve(id); return found[0] === '/' ? pathToFileURL(found).href : found; }, url: pathToFileURL(filename).href };
};`

function reasonOf(error: unknown): string {
  const errors: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'errors') : undefined
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  const text: unknown = typeof first === 'object' && first !== null ? Reflect.get(first, 'text') : undefined
  return typeof text === 'string' ? text : String(error)
}
