import type { PinnedModule } from '../domain/index.ts'
import type { Change, Store } from '../storage/index.ts'
import { DeploymentRefusal } from './refusals.ts'

/**
 * What must be committed beside a record that pins modules: each module as it is, at the revision that was read, so that none of them can
 * be deleted in between. Refuses a module or a version that does not exist.
 */
export async function holdPins(modules: readonly PinnedModule[], store: Store): Promise<readonly Change[]> {
  return Promise.all(
    modules.map(async ({ module_id, module_version_id }): Promise<Change> => {
      const [module, version] = await Promise.all([
        store.actionModules.get(module_id),
        store.actionModuleVersions.get(module_version_id),
      ])
      if (module === undefined || version?.module_id !== module_id)
        throw new DeploymentRefusal('pin-unknown', { module_id, module_version_id })
      const { revision, ...record } = module
      return { kind: 'actionModules', key: module_id, revision, replace: record }
    }),
  )
}

/** Who pins a module: each pinned version of it, with the name of the action whose draft or kept version holds the pin. */
export async function pinsOf(
  module_id: string,
  store: Store,
): Promise<readonly { readonly module_version_id: string; readonly action_name: string }[]> {
  const [actions, versions] = await Promise.all([store.actions.list(), store.actionVersions.list()])
  const names = new Map(actions.map(({ id, name }) => [id, name]))
  return [
    ...actions.map(({ name, modules }) => ({ name, modules })),
    ...versions.map(({ action_id, modules }) => ({ name: names.get(action_id) ?? action_id, modules })),
  ].flatMap(({ name, modules = [] }) =>
    modules
      .filter((pin) => pin.module_id === module_id)
      .map(({ module_version_id }) => ({ module_version_id, action_name: name })),
  )
}
