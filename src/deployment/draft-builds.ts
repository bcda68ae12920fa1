import {
  type Action,
  type ActionDependency,
  areSameDependencies,
  type BuildStatus,
  type DraftBuild,
  defaultRuntime,
  isForServedTrigger,
  isUnderWay,
  moveBuild,
  pinDependencies,
  triggerIdOf,
} from '../domain/index.ts'
import { AlreadyExists, type Change, RevisionConflict, type Stored } from '../storage/index.ts'
import { demandAction } from './actions.ts'
import { type Build, type BuildMessage, type BuildRequest, type Bundler, serverStopped } from './bundler.ts'
import { findParseFault } from './parse-fault.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** What packages a draft's build came to, or why it came to nothing. Nothing is asked of the bundler when nothing is declared. */
export async function buildPackages(
  request: BuildRequest,
  bundler: Pick<Bundler, 'build'>,
  onStatus?: Parameters<Bundler['build']>[1],
): Promise<Build> {
  if (request.dependencies.length === 0) return { status: 'built', dependencies: [], messages: [] }
  return bundler.build(request, onStatus)
}

/**
 * What is to be built of content, resolved as far as an earlier build resolved the same: with that build's bundle where it came to all of it, so
 * that nothing is fetched again that is there.
 */
export async function buildRequest(
  { code, runtime, dependencies }: Pick<Action, 'code' | 'runtime' | 'dependencies'>,
  build: DraftBuild | undefined,
  { store }: Pick<DeploymentPorts, 'store'>,
): Promise<BuildRequest> {
  const request = { code, runtime, dependencies: pinDependencies(withoutRegistry(dependencies), build) }
  if (build?.bundle === undefined || !areSameDependencies(request.dependencies, build.dependencies)) return request
  const stored = await store.bundles.get(build.bundle)
  if (stored === undefined) return request
  const { revision: _revision, ...earlier } = stored
  return { ...request, earlier }
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
 * What an author should know of an action that is built all the same: that its code does not parse, as Auth0 builds it too, that its
 * runtime is accepted and another one runs it, and that a package was not fetched from where it says. Of an action for a trigger that is not
 * run there is only that to say.
 */
export function remarksOn(
  action: Pick<Action, 'code' | 'runtime' | 'dependencies' | 'supported_triggers'>,
): readonly BuildMessage[] {
  const { code, runtime, dependencies } = action
  if (!isForServedTrigger(action)) {
    const msg = `the action is for the trigger "${triggerIdOf(action)}": it is kept, and never built or run here`
    return [{ id: 'trigger_not_served', msg }]
  }
  const remarks: BuildMessage[] = []
  if (runtime !== defaultRuntime) {
    const msg = `the runtime "${runtime}" is accepted, and ${defaultRuntime} runs the code; set "runtime" to "${defaultRuntime}"`
    remarks.push({ id: 'runtime_replaced', msg })
  }
  for (const { name, registry_url = '' } of dependencies) {
    if (registry_url === '') continue
    const msg = `${JSON.stringify(name)} names a registry of its own; it came from the registry of this server. Remove registry_url`
    remarks.push({ id: 'registry_not_asked', msg })
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
   * Makes `pending` again what a process that is gone left half built, whether it was killed or told to end. Called once, before the first build of this process. Answers those
   * actions.
   */
  async recover(): Promise<readonly Action[]> {
    const { store } = this.#ports
    const left = (await store.actions.list()).filter(isCutOff)
    const changes = left.map(({ revision, ...action }): Change => {
      const replace = { ...action, status: moveBuild(action.status, 'pending'), errors: [] }
      return { kind: 'actions', key: action.id, revision, replace }
    })
    if (changes.length > 0) await store.commit(changes)
    return left
  }

  /**
   * Builds the draft of an action and answers it as it is then stored: `built`, or `failed` with what was wrong in `errors`. A draft that
   * is built already is not built again. One that is edited while it is built stays `pending`, and what was built of it is dropped. One for a
   * trigger that is not run becomes `built` with nothing done: its packages are neither resolved nor fetched.
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

  /** The draft of an action once it is built: of one that is edited meanwhile, as it then is. Refuses one that cannot be built, and says why. */
  async demandBuilt(action_id: string): Promise<Stored<Action>> {
    for (;;) {
      const draft = await this.build(action_id)
      if (draft.status === 'built') return draft
      if (draft.status === 'failed') throw buildFailed(draft.name, draft.errors ?? [])
    }
  }

  async #build(action_id: string): Promise<void> {
    const begun = await this.#begin(action_id)
    if (begun === undefined) return
    let draft: Stored<Action> | undefined = begun
    const pack = async () => {
      if (draft?.status === 'building') draft = await this.#move(draft, 'packaged')
    }
    let packaging: Promise<void> = Promise.resolve()
    if (!isForServedTrigger(begun)) {
      await pack()
      const dependencies = withoutRegistry(begun.dependencies)
      if (draft !== undefined) await this.#end(draft, { status: 'built', dependencies, messages: [] })
      return
    }
    const request = await buildRequest(begun, begun.build, this.#ports)
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

  /** Resolves once no build is under way, however they end. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running.values())
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
      const dependencies = withoutRegistry(draft.dependencies)
      const replace: Action =
        build.status === 'failed'
          ? { ...draft, status, errors: build.errors }
          : {
              ...draft,
              status,
              dependencies,
              errors: [...build.messages, ...remarksOn(draft)],
              build: draftBuild(dependencies, build, now(this.#ports)),
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

/** The refusal of what cannot be built, each fault a sentence. */
export function buildFailed(name: string, errors: readonly BuildMessage[]): DeploymentRefusal {
  return new DeploymentRefusal('build-failed', {
    name,
    faults: errors.map(({ msg }) => (/[.!?…]$/.test(msg) ? msg : `${msg}.`)),
  })
}

/** @see Auth0 Docs, Management API "Get an action": it is seen to be gone once the draft is built */
function withoutRegistry(dependencies: readonly ActionDependency[]): readonly ActionDependency[] {
  return dependencies.map(({ name, version }) => ({ name, version }))
}

function isCutOff({ status, errors = [] }: Action): boolean {
  return isUnderWay(status) || (status === 'failed' && errors.some(({ id }) => id === serverStopped))
}

/** The steps from a status to `building`. A build under way here is one that was cut off: none of this process has that draft. */
function stepsToBuilding(status: BuildStatus): readonly BuildStatus[] {
  if (status === 'failed') return ['retrying', 'building']
  return isUnderWay(status) ? ['pending', 'building'] : ['building']
}
