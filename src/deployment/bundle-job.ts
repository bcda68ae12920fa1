import { createHash } from 'node:crypto'
import type { BuildMessage } from './bundler.ts'

/** What the build process is asked, as a JSON object on its standard input. Which stays open: its end ends the process. */
export interface BuildJob {
  /** An empty folder of its own, without links. */
  readonly work: string
  /** npm's cache. */
  readonly cache: string
  /** The folder of all bundles: one that is there already is not made again. */
  readonly root: string
  readonly registry: string
  readonly registryCertificates?: string
  /** Path of the Node that runs npm, and later the code. */
  readonly node: string
  readonly trial: string
  readonly heapMiB: number
  /** Milliseconds one process may take to load all packages. */
  readonly trialMs: number
  readonly runtime: string
  readonly treeBytes: number
  readonly from:
    | {
        readonly code: string
        readonly dependencies: Readonly<Record<string, string>>
        readonly earlier?: { readonly hash: string; readonly lockfile: string; readonly specifiers: readonly string[] }
      }
    | { readonly lockfile: string; readonly specifiers: readonly string[] }
}

/** How the build process ended: the last line of its answer. */
export type BuildResult =
  | {
      readonly kind: 'built'
      readonly hash: string
      readonly lockfile: string
      readonly specifiers: readonly string[]
      /** Declared name → the version it was resolved to. */
      readonly versions: Readonly<Record<string, string>>
      readonly messages: readonly BuildMessage[]
      /** The finished folder, to be put in its place; absent when that one is there. */
      readonly folder?: string
    }
  | { readonly kind: 'failed'; readonly errors: readonly BuildMessage[] }

/** The descriptor the build process answers on. */
export const answerDescriptor = 3

/** A line of the build process's answer. */
export type BuildLine = { readonly step: 'packaged' } | { readonly result: BuildResult }

/** Changes with whatever this server makes of the same packages. */
const bundleFormat = 1

/** The hash that names a bundle: of everything that decides its files. */
export function bundleHash(lockfile: string, specifiers: readonly string[], runtime: string): string {
  const parts = [bundleFormat, lockfile, specifiers, runtime, process.arch]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** A message of a build under its id; long texts are cut. */
export function buildMessage(id: string, msg: string): BuildMessage {
  return { id, msg: msg.length > 2_000 ? `${msg.slice(0, 2_000)}…` : msg }
}
