import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The programs that run beside the server, each as one file of CommonJS. */
export interface Programs {
  /** The text of the child's: a process that may read one folder cannot import this package's sources. */
  readonly child: string
  /** The file of the spawn helper's. */
  readonly spawner: string
}

/** Everything the programs may be made of, relative to this file. */
const sources = ['.', './child', './spawner', '../engine', '../domain']
const entries = { child: './child/main.ts', spawner: './spawner/main.ts' } as const

/** Bundles the programs once and keeps them under `root`, in a folder named by the content of their sources; those of other sources go. */
export async function buildPrograms(root: string): Promise<Programs> {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = fileURLToPath(new URL(source, import.meta.url))
    const names = (await readdir(path)).filter((name) => /\.[jt]s$/.test(name)).sort()
    for (const name of names) hash.update(`${name}\0`).update(await readFile(join(path, name)))
  }
  const name = `programs-${hash.digest('hex').slice(0, 32)}`
  const folder = join(root, name)
  const [childFile, spawner] = [join(folder, 'child.cjs'), join(folder, 'spawner.cjs')]
  const kept = await readFile(childFile, 'utf8').catch(() => undefined)
  if (kept !== undefined) return { child: kept, spawner }
  const texts = await bundle()
  // In one step: a start that is cut off leaves no half of a program.
  const aside = `${folder}.new`
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside, { recursive: true })
  await writeFile(join(aside, 'child.cjs'), texts.child)
  await writeFile(join(aside, 'spawner.cjs'), texts.spawner)
  for (const old of await readdir(root)) {
    if (/^program/.test(old) && old !== `${name}.new`) await rm(join(root, old), { recursive: true, force: true })
  }
  await rename(aside, folder)
  return { child: texts.child, spawner }
}

async function bundle(): Promise<Readonly<Record<keyof typeof entries, string>>> {
  const { build, stop } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, fileURLToPath(new URL(file, import.meta.url))]),
    ),
    outdir: '.',
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
  const text = (name: string): string => {
    const found = outputFiles.find(({ path }) => path.endsWith(`${name}.js`))
    if (found === undefined) throw new Error(`esbuild made no program "${name}"`)
    return found.text
  }
  return { child: text('child'), spawner: text('spawner') }
}
