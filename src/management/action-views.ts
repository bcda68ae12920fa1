import type { Action, ActionSecret, ActionVersion, Binding, PinnedModule } from '../domain/index.ts'
import type { Store } from '../storage/index.ts'

/** A stored time with as many fractional digits as a service answers: what is not known of it are zeros. */
export function withFraction(time: string, digits: number): string {
  return time.replace(/(?:\.(\d+))?Z$/, (_match, fraction: string = '') => `.${fraction.padEnd(digits, '0')}Z`)
}

const fractionDigits = 9

/** A time as the actions service answers it. */
export function actionTime(time: string): string {
  return withFraction(time, fractionDigits)
}

/** Secrets by their names, with the time of each as `timeOf` writes it: a value is never answered. */
export function secretViews(secrets: readonly ActionSecret[], timeOf: (time: string) => string): readonly object[] {
  return secrets.map(({ name, updated_at }) => ({ name, updated_at: timeOf(updated_at) }))
}

/** An action: its draft, and what is deployed of it. `errors`, which is ours, is there when its last build had something to say. */
export async function actionView(action: Action, store: Store) {
  const { id, name, code, dependencies, runtime, status, secrets, errors = [] } = action
  return {
    id,
    name,
    ...originOf(action),
    code,
    dependencies,
    runtime,
    status,
    secrets: secretViews(secrets, actionTime),
    ...(await moduleMember(action.modules, store)),
    ...(await deployedMembers(action, store)),
    all_changes_deployed: action.all_changes_deployed === true,
    ...(errors.length > 0 && { errors }),
  }
}

/** A version of an action, in full. */
export async function versionView(version: ActionVersion, action: Action, store: Store): Promise<object> {
  const deployed = version.id === action.deployed_version_id
  return { ...(await versionMembers(version, { action, deployed }, store)), action: actionBase(action) }
}

/** A version that was just deployed: as Auth0 answers, when its own servers are still to be told. */
export async function newVersionView(version: ActionVersion, action: Action, store: Store): Promise<object> {
  const { built_at: _builtAt, ...members } = await versionMembers(version, { action, deployed: false }, store)
  return { ...members, action: actionBase(action) }
}

/** A binding with the action that is bound. */
export async function bindingView(
  { id, display_name, created_at, updated_at }: Binding,
  { trigger_id, action }: { readonly trigger_id: string; readonly action: Action },
  store: Store,
): Promise<object> {
  return {
    id,
    trigger_id,
    action: { ...actionBase(action), ...(await deployedMembers(action, store)), all_changes_deployed: false },
    created_at: actionTime(created_at),
    updated_at: actionTime(updated_at),
    display_name,
  }
}

interface DeployedMembers {
  readonly current_version?: object
  readonly deployed_version?: object
}

/** An action within another answer. There, Auth0 says of none that all its changes are deployed. */
function actionBase(action: Action): object {
  const { id, name } = action
  return { id, name, ...originOf(action), all_changes_deployed: false }
}

function originOf({ supported_triggers, created_at, updated_at }: Action): object {
  return { supported_triggers, created_at: actionTime(created_at), updated_at: actionTime(updated_at) }
}

async function deployedMembers(action: Action, store: Store): Promise<DeployedMembers> {
  const { deployed_version_id } = action
  const version = deployed_version_id === undefined ? undefined : await store.actionVersions.get(deployed_version_id)
  if (version === undefined) return {}
  const { id, code, runtime, number, built_at, created_at } = version
  return {
    current_version: {
      id,
      code,
      runtime,
      status: 'BUILT',
      number,
      build_time: actionTime(built_at ?? created_at),
      created_at: actionTime(created_at),
      updated_at: actionTime(created_at),
    },
    deployed_version: await versionMembers(version, { action, deployed: true }, store),
  }
}

async function versionMembers(
  version: ActionVersion,
  { action, deployed }: { readonly action: Action; readonly deployed: boolean },
  store: Store,
) {
  const { id, code, dependencies, number, secrets, status, errors, created_at, built_at, runtime } = version
  return {
    ...{ code, dependencies, id, deployed, number },
    built_at: actionTime(built_at ?? created_at),
    secrets: secretViews(secrets, actionTime),
    ...(await moduleMember(version.modules, store)),
    status,
    ...(errors.length > 0 && { errors }),
    created_at: actionTime(created_at),
    updated_at: actionTime(created_at),
    runtime,
    supported_triggers: action.supported_triggers,
  }
}

/** The modules that are pinned, by their names and numbers too; nothing where none is. */
async function moduleMember(pins: readonly PinnedModule[] | undefined, store: Store): Promise<object> {
  if (pins === undefined || pins.length === 0) return {}
  const modules = pins.map(async ({ module_id, module_version_id }) => {
    const [module, version] = await Promise.all([
      store.actionModules.get(module_id),
      store.actionModuleVersions.get(module_version_id),
    ])
    return {
      module_id,
      ...(module !== undefined && { module_name: module.name }),
      module_version_id,
      ...(version !== undefined && { module_version_number: version.version_number }),
    }
  })
  return { modules: await Promise.all(modules) }
}
