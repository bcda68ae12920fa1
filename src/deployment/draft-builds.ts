import {
  type Action,
  type BuildStatus,
  type DraftBuild,
  defaultRuntime,
  isUnderWay,
  moveBuild,
  pinDependencies,
} from '../domain/index.ts'
import { AlreadyExists, type Change, RevisionConflict, type Stored } from '../storage/index.ts'
import { demandAction } from './actions.ts'
import type { Build, BuildMessage, BuildRequest, Bundler } from './bundler.ts'
import { findParseFault } from './parse-fault.ts'
import { type DeploymentPorts, now } from './ports.ts'

/** What packages a draft's build came to, or why it came to nothing. Nothing is asked of the bundler when nothing is declared. */
export async function buildPackages(
  request: BuildRequest,
  bundler: Pick<Bundler, 'build'>,
  onStatus?: Parameters<Bundler['build']>[1],
): Promise<Build> {
  if (request.dependencies.length === 0) return { status: 'built', dependencies: [], messages: [] }
  return bundler.build(request, onStatus)
}

/** What a build leaves at a draft: what was declared, what it came to, and when. */
export function draftBuild(
  declared: DraftBuild['declared'],
  { dependencies, bundle }: Build & { readonly status: 'built' },
  built_at: string,
): DraftBuild {
  return { declared, dependencies, ...(bundle !== undefined && { bundle: bundle.hash }), built_at }
}

/** The record of a build's bundle, unless it is there: builds that resolve to the same share it. */
export async function bundleChanges(
  build: Build,
  { store }: Pick<DeploymentPorts, 'store'>,
): Promise<readonly Change[]> {
  if (build.status === 'failed' || build.bundle === undefined) return []
  return (await store.bundles.get(build.bundle.hash)) === undefined ? [{ kind: 'bundles', create: build.bundle }] : []
}

/**
 * What an author should know of an action that is built all the same: that its code does not parse, as Auth0 builds it too, and that its
 * runtime is accepted and another one runs it.
 */
export function remarksOn({ code, runtime }: Pick<Action, 'code' | 'runtime'>): readonly BuildMessage[] {
  const remarks: BuildMessage[] = []
  if (runtime !== defaultRuntime) {
    const msg = `the runtime "${runtime}" is accepted, and ${defaultRuntime} runs the code; set "runtime" to "${defaultRuntime}"`
    remarks.push({ id: 'runtime_replaced', msg })
  }
  const fault = findParseFault(code)
  if (fault !== undefined) {
    const line = fault.line === undefined ? '' : ` at line ${fault.line}`
    remarks.push({ id: 'code_does_not_parse', msg: `the code does not parse${line}: ${fault.message}` })
  }
  return remarks
}

/** Builds drafts: one build of a draft at a time, each of its steps stored as it is taken. */
export class DraftBuilds {
  readonly #ports: DeploymentPorts
  /** Builds under way, by the id of their action. */
  readonly #running = new Map<string, Promise<void>>()

  constructor(ports: DeploymentPorts) {
    this.#ports = ports
  }

  /**
   * Makes `pending` again what a process that is gone left half built. Called once, before the first build of this process. Answers the
   * names of those actions.
   */
  async recover(): Promise<readonly string[]> {
    const { store } = this.#ports
    const left = (await store.actions.list()).filter(({ status }) => isUnderWay(status))
    const changes = left.map(({ revision, ...action }): Change => {
      const replace = { ...action, status: moveBuild(action.status, 'pending') }
      return { kind: 'actions', key: action.id, revision, replace }
    })
    if (changes.length > 0) await store.commit(changes)
    return left.map(({ name }) => name)
  }

  /**
   * Builds the draft of an action and answers it as it is then stored: `built`, or `failed` with what was wrong in `errors`. A draft that
   * is built already is not built again. One that is edited while it is built stays `pending`, and what was built of it is dropped.
   */
  async build(action_id: string): Promise<Stored<Action>> {
    const { store } = this.#ports
    for (;;) {
      const running = this.#running.get(action_id)
      if (running === undefined) break
      await running.catch(() => undefined)
      const action = await demandAction(action_id, store)
      // Whoever asked for the same draft has the answer with it.
      if (action.status === 'built' || action.status === 'failed') return action
    }
    const building = this.#build(action_id)
    this.#running.set(action_id, building)
    try {
      await building
    } finally {
      this.#running.delete(action_id)
    }
    return demandAction(action_id, store)
  }

  async #build(action_id: string): Promise<void> {
    const begun = await this.#begin(action_id)
    if (begun === undefined) return
    const { code, dependencies, runtime } = begun
    let draft: Stored<Action> | undefined = begun
    const pack = async () => {
      if (draft?.status === 'building') draft = await this.#move(draft, 'packaged')
    }
    let packaging: Promise<void> = Promise.resolve()
    const request = { code, runtime, dependencies: pinDependencies(dependencies, begun.build) }
    const build = await buildPackages(request, this.#ports.bundler, (status) => {
      if (status !== 'packaged') return
      packaging = pack()
      // It is awaited below: until then nobody else may be told that it failed.
      packaging.catch(() => undefined)
    }).catch(async (error: unknown): Promise<Build> => {
      await packaging
      const errors = [{ id: 'internal', msg: 'the build was broken off by an error of the server; its log has it' }]
      if (draft !== undefined) await this.#end(draft, { status: 'failed', errors })
      throw error
    })
    await packaging
    if (build.status === 'built') await pack()
    if (draft !== undefined) await this.#end(draft, build)
  }

  /** The draft in the status `building`; `undefined` when it is built already. */
  async #begin(action_id: string): Promise<Stored<Action> | undefined> {
    for (;;) {
      const action = await demandAction(action_id, this.#ports.store)
      if (action.status === 'built') return undefined
      let draft: Stored<Action> | undefined = action
      for (const step of stepsToBuilding(action.status)) draft = draft && (await this.#move(draft, step))
      if (draft !== undefined) return draft
    }
  }

  /** Stores a step of a draft. `undefined` when the draft is no longer where that step begins: it was edited or deleted meanwhile. */
  async #move(from: Stored<Action>, status: BuildStatus): Promise<Stored<Action> | undefined> {
    moveBuild(from.status, status)
    return this.#write(from, (action) =>
      this.#ports.store.actions.update(action.id, action.revision, { status, errors: [] }),
    )
  }

  /** Stores how a build ended, unless the draft is no longer the one that was built. */
  async #end(from: Stored<Action>, build: Build): Promise<void> {
    const status = moveBuild(from.status, build.status)
    await this.#write(from, async ({ revision, ...draft }) => {
      const replace: Action =
        build.status === 'failed'
          ? { ...draft, status, errors: build.errors }
          : {
              ...draft,
              status,
              errors: [...build.messages, ...remarksOn(draft)],
              build: draftBuild(draft.dependencies, build, now(this.#ports)),
            }
      await this.#ports.store.commit([
        ...(await bundleChanges(build, this.#ports)),
        { kind: 'actions', key: draft.id, revision, replace },
      ])
    })
  }

  async #write<T>(from: Stored<Action>, write: (action: Stored<Action>) => Promise<T>): Promise<T | undefined> {
    let action = from
    for (;;) {
      try {
        return await write(action)
      } catch (error) {
        if (!(error instanceof RevisionConflict || error instanceof AlreadyExists)) throw error
        const current = await this.#ports.store.actions.get(from.id)
        // An edit makes it pending. While it is pending still, what is to be built may have been edited: that is read again.
        if (current === undefined || current.status !== from.status || from.status === 'pending') return undefined
        action = current
      }
    }
  }
}

/** The steps from a status to `building`. A build under way here is one that was cut off: none of this process has that draft. */
function stepsToBuilding(status: BuildStatus): readonly BuildStatus[] {
  if (status === 'failed') return ['retrying', 'building']
  return isUnderWay(status) ? ['pending', 'building'] : ['building']
}
