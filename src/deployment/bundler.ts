import type { ActionDependency, Bundle, Clock } from '../domain/index.ts'

/** One fault of a build, or one remark on it, in the shape of a version's `errors`. */
export interface BuildMessage {
  readonly id: string
  readonly msg: string
  readonly url?: string
}

/** The fault of a build that was broken off because the server ended. */
export const serverStopped = 'server_stopped'

/** Code to build: an action's or a module's. */
export interface BuildRequest {
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly runtime: string
  /** What these very dependencies came to earlier: while it is there and the code requires no more of them, it is built already. */
  readonly earlier?: Bundle
}

/** How a build ended. A failed one says why, for its author. */
export type Build =
  | {
      readonly status: 'built'
      /** Absent when nothing is declared: there is nothing to lay then. */
      readonly bundle?: Bundle
      /** As declared, each with the version it was resolved to. */
      readonly dependencies: readonly ActionDependency[]
      /** What its author should know although it is built. */
      readonly messages: readonly BuildMessage[]
    }
  | { readonly status: 'failed'; readonly errors: readonly BuildMessage[] }

/** Makes bundles: the npm packages of an action or a module, resolved, installed with their scripts off, bundled and tried, in a folder of their own. */
export interface Bundler {
  /** Builds; never rejects for what an author or a registry can cause. `onStatus` is told of each step on the way. */
  build(request: BuildRequest, onStatus?: (status: 'building' | 'packaged') => void): Promise<Build>
  /** The folder of a bundle, made again from its lockfile when it is lost. Rejects when that fails. */
  restore(bundle: Bundle): Promise<string>
  /** Ends builds that are under way, as failed. */
  close(): Promise<void>
}

/** How builds are made and held to limits. */
export interface BundlerOptions {
  /** Folder of all bundles; ours alone. */
  readonly root: string
  /** Folder for npm's cache and for builds under way; ours alone. */
  readonly scratch: string
  /** The registry packages come from; npm's configured one when absent. */
  readonly registry?: string
  /** A file of certificates, PEM, by which the registry is trusted beside those that Node brings: where a network has an authority of its own. */
  readonly registryCertificates?: string
  /** Path of the Node that will run the code. */
  readonly node: string
  /** The program that loads packages as the sandbox will, as one file of CommonJS: the runner's. */
  readonly trial: string
  /** Heap of the processes that run the code, in MiB: V8 takes a code cache from one with the same limit alone. */
  readonly heapMiB: number
  /** Milliseconds one build may take. */
  readonly deadlineMs: number
  /** Bytes of an installed tree, at most. */
  readonly treeBytes: number
  readonly clock: Clock
}
