import {
  type Action,
  type ActionDependency,
  areExact,
  areSameDependencies,
  type DraftBuild,
  defaultActionCode,
  defaultRuntime,
  type GivenSecret,
  limits,
  moveBuild,
  newId,
  type PinnedModule,
  refusalsOfAction,
  type TriggerBindings,
  triggerIdOf,
} from '../domain/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { sealSecrets } from './action-secrets.ts'
import { commitPlanned } from './commit.ts'
import { holdPins } from './module-pins.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal, demandSound } from './refusals.ts'

/** A dependency as it is given: a version that is left out or blank is `latest`. */
export interface GivenDependency {
  readonly name: string
  readonly version?: string
  readonly registry_url?: string
}

/** A new action. */
export interface NewAction {
  readonly name: string
  readonly supported_triggers: Action['supported_triggers']
  readonly code?: string
  readonly dependencies?: readonly GivenDependency[]
  readonly runtime?: string
  readonly secrets?: readonly GivenSecret[]
  readonly modules?: readonly PinnedModule[]
}

/** Changes to a draft. What is absent stays; `null` takes what an action has at first; a list takes the place of the whole list. */
export interface ActionPatch {
  readonly name?: string
  readonly supported_triggers?: Action['supported_triggers']
  readonly code?: string | null
  readonly dependencies?: readonly GivenDependency[] | null
  readonly runtime?: string | null
  readonly secrets?: readonly GivenSecret[] | null
  readonly modules?: readonly PinnedModule[] | null
}

/** An action by its id; refuses one that does not exist. */
export async function demandAction(id: string, store: Store): Promise<Stored<Action>> {
  const action = await store.actions.get(id)
  if (action === undefined) throw new DeploymentRefusal('action-unknown', {})
  return action
}

/** Dependencies with a version each. */
export function withVersions(given: readonly GivenDependency[]): readonly ActionDependency[] {
  return given.map(({ name, version = '', registry_url }) => ({
    name,
    version: version.trim() === '' ? 'latest' : version,
    ...(registry_url !== undefined && { registry_url }),
  }))
}

/** Creates an action: a draft that is not built, and runs nowhere. Refuses content that breaks a rule, a taken name, the 101st action. */
export async function createAction(given: NewAction, ports: DeploymentPorts): Promise<Stored<Action>> {
  const dependencies = withVersions(given.dependencies ?? [])
  demandSound(refusalsOfAction({ ...given, dependencies }))
  const { store, sealer, random } = ports
  const id = newId.action(random)
  const created_at = now(ports)
  await commitPlanned(store, 'the list of actions', async () => {
    const actions = await store.actions.list()
    if (actions.length >= limits.actions) throw new DeploymentRefusal('too-many-actions', { count: actions.length })
    if (actions.some(({ name }) => name === given.name))
      throw new DeploymentRefusal('action-name-taken', { name: given.name })
    const modules = given.modules ?? []
    const action: Action = {
      id,
      name: given.name,
      supported_triggers: given.supported_triggers,
      code: given.code ?? defaultActionCode,
      dependencies,
      runtime: given.runtime ?? defaultRuntime,
      secrets: sealSecrets(given.secrets ?? [], { id, secrets: [] }, { sealer, now: created_at }),
      ...(modules.length > 0 && { modules }),
      status: 'pending',
      created_at,
      updated_at: created_at,
    }
    return { changes: [...(await holdPins(modules, store)), { kind: 'actions', create: action }], result: undefined }
  })
  return demandAction(id, store)
}

/**
 * Edits a draft. Content that is given makes it `pending`, changed or not, and its dependencies, when given, are resolved afresh unless they
 * are the exact versions they were; a new name alone leaves it as built as it was. What runs is not touched. Refuses content that breaks a rule,
 * a taken name, another trigger, to which nothing that is bound may move, and, when `expected` is given, an action that is no longer at that
 * revision.
 *
 * @see Auth0 Docs, Management API "Update an action"
 */
export async function updateAction(
  id: string,
  patch: ActionPatch,
  ports: DeploymentPorts,
  expected?: number,
): Promise<Stored<Action>> {
  const { store } = ports
  await commitPlanned(store, 'the action', async () => {
    const { revision, ...action } = await demandAction(id, store)
    if (expected !== undefined && revision !== expected)
      throw new DeploymentRefusal('changed-meanwhile', { what: 'the action' })
    const { name } = patch
    if (name !== undefined && (await store.actions.list()).some((other) => other.name === name && other.id !== id))
      throw new DeploymentRefusal('action-name-taken', { name })
    const draft = patched(action, patch, ports)
    const pins: readonly Change[] = patch.modules == null ? [] : await holdPins(patch.modules, store)
    return { changes: [...pins, { kind: 'actions', key: id, revision, replace: draft }], result: undefined }
  })
  return demandAction(id, store)
}

function patched(action: Action, patch: ActionPatch, ports: DeploymentPorts): Action {
  const { build, modules: pinned = [], ...rest } = action
  const dependencies = patch.dependencies === undefined ? action.dependencies : withVersions(patch.dependencies ?? [])
  const modules = patch.modules === undefined ? pinned : (patch.modules ?? [])
  const given = {
    name: patch.name ?? action.name,
    code: patch.code === undefined ? action.code : (patch.code ?? defaultActionCode),
    dependencies,
    runtime: patch.runtime === undefined ? action.runtime : (patch.runtime ?? defaultRuntime),
    supported_triggers: patch.supported_triggers ?? action.supported_triggers,
  }
  const secrets = patch.secrets === undefined ? action.secrets : (patch.secrets ?? [])
  demandSound(refusalsOfAction({ ...given, secrets, modules }))
  if (triggerIdOf(given) !== triggerIdOf(action)) throw new DeploymentRefusal('trigger-moved', {})
  const updated_at = now(ports)
  const isEdited = [patch.code, patch.dependencies, patch.runtime, patch.secrets, patch.modules].some(
    (member) => member !== undefined,
  )
  const keepsBuild = patch.dependencies === undefined || areAsBuilt(dependencies, build)
  return {
    ...rest,
    ...given,
    secrets:
      patch.secrets === undefined
        ? action.secrets
        : sealSecrets(patch.secrets ?? [], action, { sealer: ports.sealer, now: updated_at }),
    ...(modules.length > 0 && { modules }),
    ...(build !== undefined && keepsBuild && { build }),
    ...(isEdited && { status: moveBuild(action.status, 'pending'), errors: [], all_changes_deployed: false }),
    updated_at,
  }
}

/** Whether dependencies that are given anew need not be resolved afresh: they are the exact versions that were resolved. */
export function areAsBuilt(dependencies: readonly ActionDependency[], build: DraftBuild | undefined): boolean {
  return areExact(dependencies) && areSameDependencies(build?.declared ?? [], dependencies)
}

/**
 * Deletes an action and all its versions. Refuses one that is bound, unless `force` is set: then its bindings go with it, in the same step.
 *
 * @see Auth0 Docs, Management API "Delete an action"
 */
export async function deleteAction(
  id: string,
  options: { readonly force?: boolean },
  { store }: Pick<DeploymentPorts, 'store'>,
): Promise<void> {
  await commitPlanned(store, 'the action', async () => {
    const { revision, ...action } = await demandAction(id, store)
    // It can be bound to no other one.
    const trigger_id = triggerIdOf(action)
    const [versions, trigger] = await Promise.all([
      store.actionVersions.list({ where: { field: 'action_id', value: id } }),
      store.triggerBindings.get(trigger_id),
    ])
    const isBound = trigger?.bindings.some(({ action_id }) => action_id === id) === true
    if (isBound && options.force !== true) throw new DeploymentRefusal('action-bound', {})
    return {
      changes: [
        // Written even when it is not bound: nobody can bind it between that look and this commit.
        withoutAction(trigger_id, trigger, id),
        // A deletion asks for no revision; this does.
        { kind: 'actions', key: id, revision, replace: action },
        { kind: 'actions', delete: id },
        ...versions.map((version): Change => ({ kind: 'actionVersions', delete: version.id })),
      ],
      result: undefined,
    }
  })
}

function withoutAction(trigger_id: string, trigger: Stored<TriggerBindings> | undefined, id: string): Change {
  if (trigger === undefined) return { kind: 'triggerBindings', create: { trigger_id, bindings: [] } }
  const bindings = trigger.bindings.filter(({ action_id }) => action_id !== id)
  return { kind: 'triggerBindings', key: trigger_id, revision: trigger.revision, replace: { trigger_id, bindings } }
}
