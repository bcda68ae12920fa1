import { DeploymentRefusal, type GivenDependency } from '../deployment/index.ts'
import { type Action, defaultTriggerVersion, type GivenSecret, limits, type PinnedModule } from '../domain/index.ts'
import type { Store } from '../storage/index.ts'
import { ManagementRefusal } from './refusals.ts'

/** The content of an action as a body has it. */
export interface SentContent {
  readonly code?: string
  readonly dependencies?: readonly {
    readonly name?: string
    readonly version?: string
    readonly registry_url?: string
  }[]
  readonly runtime?: string
  readonly secrets?: readonly { readonly name?: string; readonly value?: string }[]
  readonly modules?: readonly SentModule[]
}

interface SentModule {
  readonly module_id?: string
  readonly module_name?: string
  readonly module_version_id?: string
  readonly module_version_number?: number
}

/** The same as it can be stored; what was not sent is absent. */
export interface StorableContent {
  readonly code?: string
  readonly dependencies?: readonly GivenDependency[]
  readonly runtime?: string
  readonly secrets?: readonly GivenSecret[]
  readonly modules?: readonly PinnedModule[]
}

/**
 * The content of an action out of a body: secrets under names that Auth0 takes, modules by their ids, whichever way they were named. Throws for
 * a name of a secret that is none, in the words of `request`, and for a module or a version of it that does not exist.
 */
export async function readContent(
  { code, dependencies, runtime, secrets, modules }: SentContent,
  request: 'CreateActionRequest' | 'UpdateActionRequest',
  store: Store,
): Promise<StorableContent> {
  return {
    ...(code !== undefined && { code }),
    ...(dependencies !== undefined && {
      dependencies: dependencies.map((each) => ({ ...each, name: each.name ?? '' })),
    }),
    ...(runtime !== undefined && { runtime }),
    ...(secrets !== undefined && { secrets: secrets.map((secret, index) => readSecret(secret, index, request)) }),
    ...(modules !== undefined && { modules: await Promise.all(modules.map((module) => resolvePin(module, store))) }),
  }
}

/** The triggers of an action. One without a version is of the current one; of what is no trigger there is none, and it is refused later. */
export function readTriggers(
  sent: readonly { readonly id: string; readonly version?: string }[],
): Action['supported_triggers'] {
  return sent.map(({ id, version = defaultTriggerVersion(id) ?? '' }) => ({ id, version }))
}

function readSecret(
  { name = '', value }: { readonly name?: string; readonly value?: string },
  index: number,
  request: string,
): GivenSecret {
  const length = [...name].length
  if (length < 1 || length > limits.actionSecretNameLength)
    throw new ManagementRefusal('secret-name-invalid', { request, index, limit: limits.actionSecretNameLength })
  return { name, ...(value !== undefined && { value }) }
}

async function resolvePin(sent: SentModule, store: Store): Promise<PinnedModule> {
  const { module_id, module_name, module_version_id, module_version_number } = sent
  const module =
    module_id !== undefined
      ? await store.actionModules.get(module_id)
      : (await store.actionModules.list()).find(({ name }) => name === module_name)
  const versions =
    module === undefined || module_version_id !== undefined
      ? []
      : await store.actionModuleVersions.list({ where: { field: 'module_id', value: module.id } })
  const version_id =
    module_version_id ?? versions.find(({ version_number }) => version_number === module_version_number)?.id
  if (module === undefined || version_id === undefined)
    throw new DeploymentRefusal('pin-unknown', {
      module_id: module_id ?? module_name ?? '',
      module_version_id: module_version_id ?? String(module_version_number ?? ''),
    })
  return { module_id: module.id, module_version_id: version_id }
}
