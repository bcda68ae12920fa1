import type { ActionModule, ActionModuleVersion } from '../domain/index.ts'
import type { Store } from '../storage/index.ts'
import { actionsOf, type ModulePin, modulePins } from './action-module-pins.ts'
import { secretViews, withFraction } from './action-views.ts'

const fractionDigits = 6

function moduleTime(time: string): string {
  return withFraction(time, fractionDigits)
}

/** A module with its newest version. */
export async function moduleView(module: ActionModule, store: Store): Promise<object> {
  const [latest, pins] = await Promise.all([latestVersion(module.id, store), modulePins(store)])
  if (latest === undefined) return moduleMembers(module, pins, latest)
  const { id, version_number } = latest
  return {
    ...moduleMembers(module, pins, latest),
    latest_version: { id, version_number, ...contentMembers(latest) },
  }
}

/** A module as a list has it: with the number of its newest version. */
export async function moduleListItem(module: ActionModule, pins: readonly ModulePin[], store: Store): Promise<object> {
  const latest = await latestVersion(module.id, store)
  return {
    ...moduleMembers(module, pins, latest),
    ...(latest !== undefined && { latest_version_number: latest.version_number }),
  }
}

/** A published version of a module. */
export function moduleVersionView(version: ActionModuleVersion): object {
  const { id, module_id, version_number, created_at } = version
  return { id, module_id, version_number, ...contentMembers(version), created_at: moduleTime(created_at) }
}

function moduleMembers(
  module: ActionModule,
  pins: readonly ModulePin[],
  latest: ActionModuleVersion | undefined,
): object {
  const { id, name, draft_version_id, created_at, updated_at } = module
  return {
    id,
    name,
    ...contentMembers(module),
    all_changes_published: latest !== undefined && latest.id === draft_version_id,
    actions_using_module_total: actionsOf(id, pins).length,
    created_at: moduleTime(created_at),
    updated_at: moduleTime(updated_at),
  }
}

function contentMembers({
  code,
  dependencies,
  secrets,
}: Pick<ActionModule, 'code' | 'dependencies' | 'secrets'>): object {
  return { code, dependencies, secrets: secretViews(secrets, moduleTime) }
}

/** The version that was published last: versions are stored in the order of their numbers. */
async function latestVersion(module_id: string, store: Store): Promise<ActionModuleVersion | undefined> {
  const where = { field: 'module_id', value: module_id }
  const count = await store.actionModuleVersions.count(where)
  const [last] = await store.actionModuleVersions.page({ where, skip: Math.max(0, count - 1), limit: 1 })
  return last?.record
}
