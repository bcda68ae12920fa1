/** One place where a source file names another module. */
export interface Import {
  /** From 1. */
  readonly line: number
  /** Absent where the target is computed. */
  readonly specifier?: string
  /** `url` is `new URL('…', import.meta.url)`: the file is started or read, not imported. */
  readonly kind: 'import' | 'url'
}

/**
 * The forms an import can take. Statements are found by the line that names the module, whatever stands between the braces above it: the
 * formatter puts its first word, or the closing brace, at the beginning. Calls and `import('…')` types are found anywhere, even in a comment:
 * that names a module too.
 */
const forms: readonly { readonly pattern: RegExp; readonly kind: Import['kind'] }[] = [
  { pattern: /^(?:import\b|export\b|\}).*\bfrom\s*(?<quote>['"])(?<specifier>.+?)\k<quote>/gm, kind: 'import' },
  { pattern: /^import\s*(?<quote>['"])(?<specifier>.+?)\k<quote>/gm, kind: 'import' },
  { pattern: /\bimport\s*\(\s*(?<quote>['"`])(?<specifier>[^$]+?)\k<quote>/g, kind: 'import' },
  { pattern: /\brequire\s*\(\s*(?<quote>['"`])(?<specifier>\.{1,2}\/[^$]+?)\k<quote>/g, kind: 'import' },
  { pattern: /\bimport\s*\(\s*(?:[\w([]|`[^`]*\$\{)/g, kind: 'import' },
  { pattern: /\bnew URL\(\s*(?<quote>['"`])(?<specifier>\.{1,2}\/.+?)\k<quote>,\s*import\.meta\.url/g, kind: 'url' },
]

/** Every import of a TypeScript source: static, `export … from`, dynamic, `import('…')` types, and files named by URL. In order. */
export function readImports(source: string): readonly Import[] {
  const found: Import[] = []
  for (const { pattern, kind } of forms) {
    for (const match of source.matchAll(pattern)) {
      const line = source.slice(0, match.index + match[0].length).split('\n').length
      const specifier = match.groups?.specifier
      found.push({ line, kind, ...(specifier !== undefined && { specifier }) })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}
