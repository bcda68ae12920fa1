import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The launcher as one file of CommonJS under `root`, named by the content of its sources and kept there; those of other sources go. Node would take as long to strip
 * its types at every start as to start. The path of the file, which only its owner may write.
 */
export async function buildLauncher(root: string): Promise<string> {
  const entry = fileURLToPath(new URL('./launcher.ts', import.meta.url))
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const hash = createHash('sha256')
  const names = (await readdir(folder)).filter((name) => /^(launcher|hardening-[a-z-]+)\.[jt]s$/.test(name)).sort()
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(folder, name)))
  const file = join(root, `launcher-${hash.digest('hex').slice(0, 32)}.cjs`)
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return file
  const text = await bundle(entry)
  await mkdir(root, { recursive: true })
  for (const old of await readdir(root))
    if (/^launcher-[0-9a-f]{32}\.cjs$/.test(old)) await rm(join(root, old), { force: true })
  // In one step: a start that is cut off leaves no half of a program, and two at once do not meet.
  const aside = `${file}.${randomUUID()}`
  await writeFile(aside, text, { mode: 0o600 })
  await rename(aside, file)
  return file
}

async function bundle(entry: string): Promise<string> {
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    write: false,
    legalComments: 'none',
    logLevel: 'silent',
  })
  // Its service is a process of its own and would stay for the life of this one.
  await stop()
  const [output] = outputFiles
  if (output === undefined) throw new Error(`esbuild produced nothing from ${entry}`)
  return output.text
}
