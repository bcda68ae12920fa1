import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../src', import.meta.url))

/** A relative name of one of our sources, in an import or in a URL. */
const sourceName = /(['"])(\.{1,2}\/[^'"\n]*)\.ts\1/g

/**
 * Builds the package's `src` into a folder, which is emptied first: the same files, line by line, without their types. A clone needs none of
 * it; what is published starts without taking the types off, and without the 40 MiB of the program that does.
 */
export function build(out: string): void {
  rmSync(out, { recursive: true, force: true })
  for (const entry of readdirSync(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const built = join(out, relative(src, file))
    mkdirSync(dirname(built), { recursive: true })
    if (!file.endsWith('.ts')) cpSync(file, built)
    else {
      const text = stripTypeScriptTypes(readFileSync(file, 'utf8')).replaceAll(sourceName, '$1$2.js$1')
      writeFileSync(built.replace(/\.ts$/, '.js'), text)
    }
  }
}

/** Adds what the package's entries declare to a folder that was built, for editors and for `tsc`. */
export function declareTypes(out: string): void {
  const root = join(src, '..')
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.package.json'), '--outDir', out], {
    stdio: 'inherit',
  })
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.d.ts')) continue
    const file = join(entry.parentPath, entry.name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(sourceName, '$1$2.js$1'))
  }
}

if (import.meta.main) {
  const dist = join(src, '../dist')
  build(dist)
  declareTypes(dist)
}
