import {
  type ActionDependency,
  type ActionModule,
  type ActionModuleVersion,
  defaultRuntime,
  limits,
} from '../domain/index.ts'
import type { Change } from '../storage/index.ts'
import { hasSecrets, resealSecrets, sealSecrets } from './action-secrets.ts'
import type { Build, BuildMessage, BuildRequest } from './bundler.ts'
import { buildRequest, bundleChanges, draftBuild } from './draft-builds.ts'
import { pinsOf } from './module-pins.ts'
import { latestModuleVersion, moduleVersionsOf, nextModuleVersion } from './modules.ts'
import { type DeploymentPorts, now } from './ports.ts'

/** A module as its author wrote it: the secrets in the clear. */
export interface ModuleSource {
  readonly id: string
  readonly name: string
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
  readonly created_at: string
}

/** What kept an action or a module of a configuration from being built. */
export interface BuildFailure {
  readonly of: 'action' | 'module'
  readonly name: string
  /** The member that is to blame; the code where it is left out. */
  readonly member?: 'dependencies' | 'modules'
  readonly errors: readonly BuildMessage[]
}

/** Builds packages; equal requests are built once. */
export type BuildOnce = (request: BuildRequest) => Promise<Build>

/** A module as it will be stored: the changes for that, and all its versions then. */
export interface PlannedModule {
  readonly id: string
  readonly name: string
  readonly versions: readonly ActionModuleVersion[]
  readonly changes: readonly Change[]
}

/**
 * What it takes to store a module's source as its draft and its newest version: no version when both are that already, else one with
 * the next number. Above fifty versions the oldest that nobody pins goes, and when there is none, that is a failure.
 */
export async function planModule(
  source: ModuleSource,
  build: BuildOnce,
  ports: DeploymentPorts,
): Promise<PlannedModule | BuildFailure> {
  const { store, sealer } = ports
  const { id, name, code, dependencies } = source
  const [stored, versions] = await Promise.all([store.actionModules.get(id), moduleVersionsOf(id, store)])
  const latest = latestModuleVersion(versions)
  if (stored !== undefined && latest !== undefined && isPublished(source, stored, latest, ports)) {
    if (stored.draft_version_id === latest.id) return { id, name, versions, changes: [] }
    const { revision, ...draft } = stored
    const replace = { ...draft, draft_version_id: latest.id }
    return { id, name, versions, changes: [{ kind: 'actionModules', key: id, revision, replace }] }
  }

  const built = await build(await buildRequest({ ...source, runtime: defaultRuntime }, stored?.build, ports))
  if (built.status === 'failed') return { of: 'module', name, member: 'dependencies', errors: built.errors }
  const surplus = versions.length < limits.moduleVersions ? undefined : await oldestUnpinned(id, versions, ports)
  if (surplus === undefined && versions.length >= limits.moduleVersions) {
    const msg = `the module has ${versions.length} versions and all are pinned; the limit is ${limits.moduleVersions}`
    return { of: 'module', name, errors: [{ id: 'too_many_versions', msg }] }
  }
  const updated_at = now(ports)
  const secrets = sealSecrets(source.secrets, { id, secrets: [] }, { sealer, now: updated_at })
  const draft: ActionModule = {
    id,
    name,
    code,
    dependencies,
    secrets,
    build: draftBuild(dependencies, built, updated_at),
    created_at: stored?.created_at ?? source.created_at,
    updated_at,
  }
  const next = nextModuleVersion(versions, draft, ports)
  const version = { ...next, secrets: resealSecrets(draft, next.id, sealer) }
  const replace = { ...draft, draft_version_id: version.id }
  return {
    id,
    name,
    versions: [...versions.filter((old) => old !== surplus), version],
    changes: [
      ...(await bundleChanges(built, ports)),
      { kind: 'actionModuleVersions', create: version },
      ...(surplus === undefined ? [] : [{ kind: 'actionModuleVersions' as const, delete: surplus.id }]),
      stored === undefined
        ? { kind: 'actionModules', create: replace }
        : { kind: 'actionModules', key: id, revision: stored.revision, replace },
    ],
  }
}

function isPublished(
  source: ModuleSource,
  draft: ActionModule,
  latest: ActionModuleVersion,
  { sealer }: DeploymentPorts,
): boolean {
  const secrets = Object.fromEntries(source.secrets.map(({ name, value }) => [name, value]))
  return (
    [draft.code, latest.code].every((code) => code === source.code) &&
    draft.name === source.name &&
    JSON.stringify(draft.dependencies) === JSON.stringify(source.dependencies) &&
    JSON.stringify(draft.build?.declared ?? []) === JSON.stringify(source.dependencies) &&
    JSON.stringify(draft.build?.dependencies ?? []) === JSON.stringify(latest.dependencies) &&
    hasSecrets(draft, secrets, sealer) &&
    hasSecrets(latest, secrets, sealer)
  )
}

async function oldestUnpinned(
  module_id: string,
  versions: readonly ActionModuleVersion[],
  { store }: DeploymentPorts,
): Promise<ActionModuleVersion | undefined> {
  const pinned = new Set((await pinsOf(module_id, store)).map(({ module_version_id }) => module_version_id))
  return versions.filter(({ id }) => !pinned.has(id)).toSorted((a, b) => a.version_number - b.version_number)[0]
}
