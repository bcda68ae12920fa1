/**
 * The program of the build process: npm, esbuild and the trial run in it or below it, in one process group, which the server kills at the
 * deadline. Its standard input stays open as long as the server lives.
 */
import { existsSync, writeSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stop } from 'esbuild'
import {
  answerDescriptor,
  type BuildJob,
  type BuildLine,
  type BuildResult,
  buildMessage,
  bundleHash,
} from '../bundle-job.ts'
import type { BuildMessage } from '../bundler.ts'
import { bundlePackages, type PackagesBundle } from './bundle-packages.ts'
import { installDependencies, installLockfile, type LockedPackage, readLockfile } from './npm.ts'
import { findSpecifiers } from './specifiers.ts'
import { cleanTree } from './tree.ts'
import { type Tried, tryPackages } from './try-packages.ts'

const input = createInterface({ input: process.stdin })
// The server is gone: so is everything that it started here.
input.on('close', () => process.kill(0, 'SIGKILL'))
input.once('line', (line) => {
  build(JSON.parse(line)).then(
    async (result) => {
      await stop()
      tell({ result })
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      process.exitCode = 1
      input.removeAllListeners('close').close()
      process.stdin.destroy()
    },
  )
})

function tell(line: BuildLine): void {
  const data = Buffer.from(`${JSON.stringify(line)}\n`)
  for (let offset = 0; offset < data.length; ) offset += writeSync(answerDescriptor, data, offset)
}

async function build(job: BuildJob): Promise<BuildResult> {
  const { work, node, from } = job
  const built = 'code' in from ? await findBuilt(from, job) : undefined
  if (built !== undefined) return built
  const folder = join(work, 'bundle')
  const home = join(work, 'home')
  await mkdir(folder)
  await mkdir(home)
  const { cache, registry, registryCertificates } = job
  const installation = { folder, home, cache, registry, registryCertificates, node }
  const installed =
    'lockfile' in from
      ? await installLockfile(from.lockfile, installation)
      : await installDependencies(from.dependencies, installation)
  if (installed.faults !== undefined) return { kind: 'failed', errors: installed.faults }
  const { lockfile } = installed
  const packages = readLockfile(lockfile)
  const faults = await cleanTree(folder, packages, job.treeBytes)
  if (faults.length > 0) return { kind: 'failed', errors: faults }
  const declared = Object.keys(packages['']?.dependencies ?? {})
  const specifiers = 'lockfile' in from ? from.specifiers : await findSpecifiers(from.code, declared, folder)
  const hash = bundleHash(lockfile, specifiers, job.runtime)
  const resolved = { kind: 'built', hash, lockfile, specifiers, versions: versionsOf(declared, packages) } as const
  const there = await readMessages(join(job.root, hash))
  if (there !== undefined) {
    tell({ step: 'packaged' })
    return { ...resolved, messages: there }
  }
  const messages = await makeBundle(job, folder, specifiers)
  for (const name of ['package.json', 'package-lock.json', 'bundle.json', 'packages.cjs', 'packages.cjs.cache']) {
    if (existsSync(join(folder, name))) await chmod(join(folder, name), 0o444)
  }
  await chmod(folder, 0o755)
  return { ...resolved, messages, folder }
}

/** The bundle that an earlier build made of the same dependencies, where it is there and code requires just what is in it: npm is not asked. */
async function findBuilt(
  { code, earlier }: Extract<BuildJob['from'], { readonly code: string }>,
  { root, runtime }: BuildJob,
): Promise<BuildResult | undefined> {
  if (earlier === undefined) return undefined
  const { hash, lockfile } = earlier
  const folder = join(root, hash)
  const messages = await readMessages(folder)
  if (messages === undefined) return undefined
  const packages = readLockfile(lockfile)
  const declared = Object.keys(packages['']?.dependencies ?? {})
  const specifiers = await findSpecifiers(code, declared, folder)
  if (bundleHash(lockfile, specifiers, runtime) !== hash) return undefined
  tell({ step: 'packaged' })
  return { kind: 'built', hash, lockfile, specifiers, versions: versionsOf(declared, packages), messages }
}

async function readMessages(folder: string): Promise<readonly BuildMessage[] | undefined> {
  const text = await readFile(join(folder, 'bundle.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const { messages }: { readonly messages: readonly BuildMessage[] } = JSON.parse(text)
  return messages
}

function versionsOf(
  declared: readonly string[],
  packages: Readonly<Record<string, LockedPackage>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(declared.map((name) => [name, packages[`node_modules/${name}`]?.version ?? '']))
}

/** Writes `packages.cjs`, its code cache and `bundle.json`; what its author should know is answered. */
async function makeBundle(
  job: BuildJob,
  folder: string,
  specifiers: readonly string[],
): Promise<readonly BuildMessage[]> {
  const program = join(job.work, 'trial.cjs')
  await writeFile(program, job.trial)
  const where = { node: job.node, heapMiB: job.heapMiB, program, folder, trialMs: job.trialMs }
  const bundled = await writeBundle(folder, specifiers)
  tell({ step: 'packaged' })
  const tried = await tryPackages(where, bundled.specifiers, 'bundle')
  const unsure = new Map([
    ...bundled.left.map(({ specifier, reason }) => [specifier, reason] as const),
    ...tried.failed,
  ])
  if (unsure.size === 0) {
    await writeCache(folder, tried)
    return []
  }
  const outOfTree = await tryPackages(where, [...unsure.keys()], 'tree')
  const messages = Array.from(unsure, ([specifier, reason]) => {
    const alone = outOfTree.failed.get(specifier)
    return alone === undefined
      ? buildMessage(
          'not_bundled',
          `"${specifier}" does not load from a bundle and is loaded from its own files: ${reason}`,
        )
      : buildMessage('not_loaded', `"${specifier}" did not load when it was tried, without a network: ${alone}`)
  })
  // What loads from nowhere stays: with a network, or in a call, it may.
  const kept = bundled.specifiers.filter((specifier) => !unsure.has(specifier) || outOfTree.failed.has(specifier))
  await writeBundle(folder, kept, messages)
  const loads = kept.filter((specifier) => !unsure.has(specifier))
  await writeCache(folder, await tryPackages(where, loads, 'bundle'))
  return messages
}

async function writeBundle(
  folder: string,
  specifiers: readonly string[],
  messages: readonly BuildMessage[] = [],
): Promise<PackagesBundle> {
  const bundled = await bundlePackages(folder, specifiers)
  await writeFile(join(folder, 'packages.cjs'), bundled.text)
  await writeFile(join(folder, 'bundle.json'), JSON.stringify({ builtins: bundled.builtins, messages }))
  return bundled
}

async function writeCache(folder: string, { cache }: Tried): Promise<void> {
  if (cache !== undefined) await writeFile(join(folder, 'packages.cjs.cache'), cache)
}
