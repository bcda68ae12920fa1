import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The programs that run beside the server, each as one file of CommonJS. */
export interface Programs {
  /** The text of the child's: a process that may read one folder cannot import this package's sources. */
  readonly child: string
  /** The file of the spawn helper's. */
  readonly spawner: string
  /** The file of the launcher's, which sets the layers of the system. */
  readonly launcher: string
  /** The text of the one that tries a bundle of npm packages. */
  readonly trial: string
}

/** Everything the programs may be made of, relative to this file. */
const sources = ['.', './child', './hardening', './spawner', '../engine', '../domain']
const entries = {
  child: './child/main.ts',
  spawner: './spawner/main.ts',
  launcher: './hardening/launcher.ts',
  trial: './child/trial.ts',
} as const
const names = ['child', 'spawner', 'launcher', 'trial'] as const

/** Milliseconds that programs stay which nobody asks for: processes may still be started from them, by whoever had other sources. */
const unusedMs = 86_400_000

/**
 * Bundles the programs once and keeps them under `root`, in a folder named by the content of their sources. Those of other sources go once
 * nobody has asked for them in a day.
 */
export async function buildPrograms(root: string): Promise<Programs> {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = fileURLToPath(new URL(source, import.meta.url))
    const names = (await readdir(path)).filter((name) => /\.[jt]s$/.test(name)).sort()
    for (const name of names) hash.update(`${name}\0`).update(await readFile(join(path, name)))
  }
  const name = `programs-${hash.digest('hex').slice(0, 32)}`
  const folder = join(root, name)
  const file = (program: string) => join(folder, `${program}.cjs`)
  const read = async (): Promise<Programs> => {
    const [child, trial] = await Promise.all([readFile(file('child'), 'utf8'), readFile(file('trial'), 'utf8')])
    return { child, trial, spawner: file('spawner'), launcher: file('launcher') }
  }
  const kept = await read().catch(() => undefined)
  const now = Date.now()
  if (kept !== undefined) {
    await utimes(folder, now / 1_000, now / 1_000)
    return kept
  }
  // One for all who ask meanwhile: what ends esbuild's service would leave the others' work without an end.
  bundling ??= bundle().finally(() => {
    bundling = undefined
  })
  const texts = await bundling
  // In one step: a start that is cut off leaves no half of a program, and two at once do not meet.
  const aside = `${folder}.${randomUUID()}`
  await mkdir(aside, { recursive: true })
  for (const program of names) await writeFile(join(aside, `${program}.cjs`), texts[program])
  for (const old of await readdir(root)) {
    if (!/^(program|launcher)/.test(old)) continue
    const path = join(root, old)
    // Another one may have been quicker to remove it.
    const used = await stat(path).catch(() => undefined)
    if (used !== undefined && now - used.mtimeMs > unusedMs) await rm(path, { recursive: true, force: true })
  }
  // Another one may have been first: what it laid is the same.
  await rename(aside, folder).catch(() => rm(aside, { recursive: true, force: true }))
  return read()
}

let bundling: ReturnType<typeof bundle> | undefined

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
  return { child: text('child'), spawner: text('spawner'), launcher: text('launcher'), trial: text('trial') }
}
