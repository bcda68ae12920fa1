import type { Action, ActionDependency, ActionVersion, DraftBuild, PinnedModule } from '../domain/index.ts'
import type { Change } from '../storage/index.ts'
import { hasSecrets, sealSecrets } from './action-secrets.ts'
import { frozenBuild, nextVersion, versionChanges, versionsOf } from './deploy.ts'
import { buildRequest, bundleChanges, draftBuild, remarksOn } from './draft-builds.ts'
import { holdPins } from './module-pins.ts'
import { type DeploymentPorts, now } from './ports.ts'
import type { BuildFailure, BuildOnce, PlannedModule } from './tenant-modules.ts'

/** An action as its author wrote it: the secrets in the clear, the modules by their names. */
export interface ActionSource {
  readonly id: string
  readonly name: string
  readonly code: string
  readonly runtime: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
  /** A module without a number is pinned at its newest version. */
  readonly modules?: readonly { readonly module_name: string; readonly module_version_number?: number }[]
  readonly supported_triggers: Action['supported_triggers']
  readonly created_at: string
  /** False for a draft that must not run. */
  readonly deployed: boolean
}

/**
 * What it takes to store an action's source as its draft and, where it is deployed, as the version that runs. Nothing when both are that
 * already: the version that runs is kept, and so is its process. Only a draft that changed is built; a package whose declaration did not
 * change keeps the version it was resolved to. Above fifty versions the oldest that is not deployed goes.
 */
export async function planAction(
  source: ActionSource,
  modules: readonly PlannedModule[],
  build: BuildOnce,
  ports: DeploymentPorts,
): Promise<readonly Change[] | BuildFailure> {
  const { store, sealer } = ports
  const { id, name, code, runtime, dependencies, supported_triggers } = source
  const pins = resolvePins(source, modules)
  if ('of' in pins) return pins
  const secrets = Object.fromEntries(source.secrets.map((secret) => [secret.name, secret.value]))
  const wanted = { code, runtime, dependencies, modules: pins }
  const isSame = (record: Action | ActionVersion, like: typeof wanted) =>
    canonicalContent(record) === canonicalContent(like) && hasSecrets(record, secrets, sealer)

  const [action, versions] = await Promise.all([store.actions.get(id), versionsOf(id, store)])
  const deployed = versions.find((version) => version.id === action?.deployed_version_id)
  const isDraftSame = action !== undefined && action.name === name && isSame(action, wanted)
  const isBuilt = isDraftSame && action.status === 'built'
  const isDeployed = isBuilt && action.all_changes_deployed === true
  if (isDraftSame && !source.deployed && deployed === undefined) return []

  const changes: Change[] = []
  let draftState: Pick<Action, 'status' | 'errors' | 'build'> = { status: 'pending' }
  if (source.deployed && isBuilt) {
    const { errors = [], build: earlier } = action
    draftState = { status: 'built', errors, ...(earlier !== undefined && { build: earlier }) }
  } else if (source.deployed) {
    const built = await build(await buildRequest(source, action?.build, ports))
    if (built.status === 'failed') return { of: 'action', name, member: 'dependencies', errors: built.errors }
    changes.push(...(await bundleChanges(built, ports)))
    const earlier: DraftBuild = draftBuild(dependencies, built, now(ports))
    draftState = { status: 'built', errors: [...built.messages, ...remarksOn(source)], build: earlier }
  }

  const frozen = { ...wanted, ...frozenBuild({ dependencies, ...draftState }) }
  const isRunning = deployed !== undefined && deployed.bundle === frozen.bundle && isSame(deployed, frozen)
  if (isDeployed && isRunning) return []
  const updated_at = now(ports)
  const draft: Action = {
    id,
    name,
    supported_triggers,
    code,
    runtime,
    dependencies,
    secrets: sealSecrets(source.secrets, { id, secrets: [] }, { sealer, now: updated_at }),
    ...(pins.length > 0 && { modules: pins }),
    ...draftState,
    all_changes_deployed: source.deployed,
    created_at: action?.created_at ?? source.created_at,
    updated_at,
  }
  const { modules: _modules, ...content } = frozen
  const version = isRunning || !source.deployed ? undefined : nextVersion(id, versions, { ...draft, ...content }, ports)
  if (version !== undefined) changes.push(...versionChanges(version, versions, action?.deployed_version_id))
  const deployed_version_id = source.deployed ? (version ?? deployed)?.id : undefined
  const replace = { ...draft, ...(deployed_version_id !== undefined && { deployed_version_id }) }
  changes.push(
    action === undefined
      ? { kind: 'actions', create: replace }
      : { kind: 'actions', key: id, revision: action.revision, replace },
  )
  return [...changes, ...(await holdUnchanged(pins, modules, ports))]
}

/** Modules that are themselves written in the same commit need no hold. */
async function holdUnchanged(
  pins: readonly PinnedModule[],
  modules: readonly PlannedModule[],
  { store }: DeploymentPorts,
): Promise<readonly Change[]> {
  const written = new Set(modules.filter(({ changes }) => changes.length > 0).map(({ id }) => id))
  return holdPins(
    pins.filter(({ module_id }) => !written.has(module_id)),
    store,
  )
}

function resolvePins(source: ActionSource, modules: readonly PlannedModule[]): readonly PinnedModule[] | BuildFailure {
  const pins: PinnedModule[] = []
  for (const { module_name, module_version_number } of source.modules ?? []) {
    const module = modules.find(({ name }) => name === module_name)
    if (module === undefined) throw new Error(`no module named ${JSON.stringify(module_name)} to pin`)
    const numbers = module.versions.map(({ version_number }) => version_number).toSorted((a, b) => b - a)
    const number = module_version_number ?? numbers[0]
    const version = module.versions.find(({ version_number }) => version_number === number)
    if (version === undefined) {
      const msg = `module ${JSON.stringify(module_name)} has no version ${number} here; it has ${numbers.join(', ')}: pin one of them, or leave module_version_number out for the newest`
      return { of: 'action', name: source.name, member: 'modules', errors: [{ id: 'module_version_unknown', msg }] }
    }
    pins.push({ module_id: module.id, module_version_id: version.id })
  }
  return pins
}

/** What of a draft or a version must be equal for it to run the same, secrets apart. */
function canonicalContent({
  code,
  runtime,
  dependencies,
  modules = [],
}: Pick<Action, 'code' | 'runtime' | 'dependencies' | 'modules'>): string {
  return JSON.stringify([
    code,
    runtime,
    dependencies.map(({ name, version }) => [name, version]),
    modules.map(({ module_id, module_version_id }) => [module_id, module_version_id]),
  ])
}
