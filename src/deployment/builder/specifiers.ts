import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * What code requires of the packages installed in a folder, as written, and each declared package by its name. Sorted, each once; no path
 * and no built-in. Code that does not parse requires nothing.
 */
export async function findSpecifiers(
  code: string,
  declared: readonly string[],
  folder: string,
): Promise<readonly string[]> {
  const found = new Set(declared)
  const noted = await readRequired(code)
  for (const specifier of noted) {
    if (existsSync(join(folder, 'node_modules', packageOf(specifier), 'package.json'))) found.add(specifier)
  }
  return [...found].sort()
}

async function readRequired(code: string): Promise<ReadonlySet<string>> {
  const noted = new Set<string>()
  try {
    await build({
      stdin: { contents: code, loader: 'js' },
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      logLevel: 'silent',
      plugins: [
        {
          name: 'note-what-is-required',
          setup: ({ onResolve }) => {
            onResolve({ filter: /.*/ }, ({ path, kind }) => {
              if (kind === 'entry-point') return undefined
              // What is imported comes as Node's own module, out of the tree.
              if (kind === 'require-call' && isBare(path)) noted.add(path)
              return { path, external: true }
            })
          },
        },
      ],
    })
  } catch {
    // Its parse fault is told elsewhere; what it declares is bundled nevertheless.
    return new Set()
  }
  return noted
}

function isBare(path: string): boolean {
  return !/^[./]|^[a-z]+:/.test(path) && !isBuiltin(path) && packageOf(path) !== ''
}

function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}
