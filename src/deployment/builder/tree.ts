import { existsSync } from 'node:fs'
import { chmod, lstat, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildMessage } from '../bundle-job.ts'
import type { BuildMessage } from '../bundler.ts'
import type { LockedPackage } from './npm.ts'

/** Install scripts that compile an add-on or fetch one that is compiled. */
const addOnScript = /\b(node-gyp|node-pre-gyp|node-gyp-build|prebuild|prebuild-install|prebuildify|cmake-js|napi)\b/

/**
 * Takes from an installed tree what no sandbox may have: native add-ons, and links. A package with an add-on that npm marks optional goes
 * whole; any other refuses the build, and so does a tree of more than `treeBytes` bytes. Answers why; empty when the tree may be used.
 */
export async function cleanTree(
  folder: string,
  packages: Readonly<Record<string, LockedPackage>>,
  treeBytes: number,
): Promise<readonly BuildMessage[]> {
  const faults: BuildMessage[] = []
  for (const [place, { optional = false }] of Object.entries(packages)) {
    const path = join(folder, place)
    if (place === '' || !existsSync(path)) continue
    const reason = await findAddOn(path)
    if (reason === undefined) continue
    if (optional) {
      await rm(path, { recursive: true })
    } else {
      const name = nameOf(place)
      faults.push(
        buildMessage(
          'native_add_on',
          `The package "${name}" has a native add-on (${reason}); Actions run packages of JavaScript alone. Use one without.`,
        ),
      )
    }
  }
  if (faults.length > 0) return faults
  const bytes = await settle(join(folder, 'node_modules'))
  if (bytes <= treeBytes) return []
  return [
    buildMessage(
      'packages_too_large',
      `The installed packages have ${bytes} bytes; at most ${treeBytes} are allowed. Declare fewer or smaller ones.`,
    ),
  ]
}

/** The name of the package in a folder such as `node_modules/a/node_modules/@b/c`. */
export function nameOf(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** What shows that a package has a native add-on of its own; `undefined` when nothing does. */
async function findAddOn(path: string): Promise<string | undefined> {
  const manifest: { readonly gypfile?: unknown; readonly scripts?: Readonly<Record<string, unknown>> } = JSON.parse(
    await readFile(join(path, 'package.json'), 'utf8').catch(() => '{}'),
  )
  if (existsSync(join(path, 'binding.gyp'))) return 'binding.gyp'
  if (manifest.gypfile === true) return 'gypfile in its package.json'
  for (const name of ['preinstall', 'install', 'postinstall']) {
    const script = manifest.scripts?.[name]
    if (typeof script === 'string' && addOnScript.test(script)) return `the ${name} script "${script}"`
  }
  return findFile(path, '')
}

async function findFile(path: string, below: string): Promise<string | undefined> {
  for (const entry of await readdir(join(path, below), { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue
    const name = join(below, entry.name)
    if (entry.isDirectory()) {
      const found = await findFile(path, name)
      if (found !== undefined) return found
    } else if (entry.name.endsWith('.node')) return name
  }
  return undefined
}

/** Makes every file of a tree readable by all and writable by none, removes links, and answers their bytes. */
async function settle(folder: string): Promise<number> {
  let bytes = 0
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += await settle(path)
    else if (entry.isFile()) {
      bytes += (await lstat(path)).size
      await chmod(path, 0o444)
    } else await rm(path)
  }
  // Only files are read-only: without a right to write, a folder could not be removed again.
  if (entries.length > 0) await chmod(folder, 0o755)
  return bytes
}
