import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bundler, BundlerOptions } from '../../src/deployment/index.ts'
import { openNpmBundler } from '../../src/deployment/index.ts'
import { buildPrograms } from '../../src/runner/index.ts'

/** A bundler over folders of its own. */
export interface OpenBundler {
  readonly bundler: Bundler
  readonly root: string
  readonly scratch: string
  close(): Promise<void>
}

let trial: Promise<string> | undefined

/** Opens a bundler that installs from a registry; the caller closes it. */
export async function openBundler(
  registry: string | undefined,
  overrides: Partial<BundlerOptions> = {},
): Promise<OpenBundler> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-bundles-'))
  const [root, scratch] = [join(folder, 'bundles'), join(folder, 'scratch')]
  trial ??= trialProgram()
  const bundler = await openNpmBundler({
    root,
    scratch,
    ...(registry !== undefined && { registry }),
    node: process.execPath,
    trial: await trial,
    heapMiB: 128,
    deadlineMs: 120_000,
    treeBytes: 200 * 1024 * 1024,
    clock: Date.now,
    ...overrides,
  })
  return {
    bundler,
    root,
    scratch,
    close: async () => {
      await bundler.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The text of the program that tries packages. */
export async function trialProgram(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'symbolon-programs-'))
  try {
    return (await buildPrograms(folder)).trial
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
