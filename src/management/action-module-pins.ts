import type { Action, PinnedModule } from '../domain/index.ts'
import type { Store } from '../storage/index.ts'

/** That an action pins a version of a module. */
export interface ModulePin extends PinnedModule {
  readonly action: Action
}

/** Every pin of every action: of the version that is deployed, or of the draft where none is. */
export async function modulePins(store: Store): Promise<readonly ModulePin[]> {
  const pins = (await store.actions.list()).map(async (action): Promise<readonly ModulePin[]> => {
    const { deployed_version_id: id } = action
    const deployed = id === undefined ? undefined : await store.actionVersions.get(id)
    return ((deployed ?? action).modules ?? []).map((pin) => ({ ...pin, action }))
  })
  return (await Promise.all(pins)).flat()
}

/** Those of the pins that are of one module: an action has one at most. */
export function actionsOf(module_id: string, pins: readonly ModulePin[]): readonly ModulePin[] {
  return pins.filter((pin) => pin.module_id === module_id)
}
