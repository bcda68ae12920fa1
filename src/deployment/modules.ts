import {
  type ActionModule,
  type ActionModuleVersion,
  defaultRuntime,
  type GivenSecret,
  limits,
  newId,
  refusalsOfModule,
} from '../domain/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { resealSecrets, sealSecrets } from './action-secrets.ts'
import { areAsBuilt, type GivenDependency, withVersions } from './actions.ts'
import type { BuildMessage } from './bundler.ts'
import { commitPlanned } from './commit.ts'
import { buildPackages, buildRequest, bundleChanges, draftBuild } from './draft-builds.ts'
import { pinsOf } from './module-pins.ts'
import { findParseFault } from './parse-fault.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal, demandSound } from './refusals.ts'

/** A new module. */
export interface NewModule {
  readonly name: string
  readonly code: string
  readonly dependencies?: readonly GivenDependency[]
  readonly secrets?: readonly GivenSecret[]
}

/** Changes to a module's draft. What is absent stays; a list takes the place of the whole list. Its name is for good. */
export interface ModulePatch {
  readonly code?: string
  readonly dependencies?: readonly GivenDependency[] | null
  readonly secrets?: readonly GivenSecret[] | null
}

/** How a publication ended. A failed one says why, for the module's author, and changed nothing. */
export type Publication =
  | {
      readonly status: 'published'
      readonly version: Stored<ActionModuleVersion>
      readonly messages: readonly BuildMessage[]
    }
  | { readonly status: 'failed'; readonly errors: readonly BuildMessage[] }

/** A module by its id; refuses one that does not exist. */
export async function demandModule(id: string, store: Store): Promise<Stored<ActionModule>> {
  const module = await store.actionModules.get(id)
  if (module === undefined) throw new DeploymentRefusal('module-unknown', { module_id: id })
  return module
}

/** The published versions of a module, the newest first; refuses a module that does not exist. */
export async function listModuleVersions(
  module_id: string,
  store: Store,
): Promise<readonly Stored<ActionModuleVersion>[]> {
  await demandModule(module_id, store)
  return (await moduleVersionsOf(module_id, store)).toSorted((a, b) => b.version_number - a.version_number)
}

/** A version of a module; refuses one that does not exist, or is another module's. */
export async function getModuleVersion(
  module_id: string,
  version_id: string,
  store: Store,
): Promise<Stored<ActionModuleVersion>> {
  await demandModule(module_id, store)
  const version = await store.actionModuleVersions.get(version_id)
  if (version?.module_id !== module_id) throw new DeploymentRefusal('module-version-unknown', { version_id })
  return version
}

/** Creates a module: a draft that no action can pin yet. Refuses content that breaks a rule, a taken name, the 101st module. */
export async function createModule(given: NewModule, ports: DeploymentPorts): Promise<Stored<ActionModule>> {
  const dependencies = withVersions(given.dependencies ?? [])
  demandSound(refusalsOfModule({ ...given, dependencies }))
  const { store, sealer, random } = ports
  const id = newId.actionModule(random)
  const created_at = now(ports)
  const { name, code } = given
  await commitPlanned(store, 'the list of modules', async () => {
    const modules = await store.actionModules.list()
    if (modules.length >= limits.modules)
      throw new DeploymentRefusal('too-many-tenant-modules', { count: modules.length })
    if (modules.some((module) => module.name === name)) throw new DeploymentRefusal('module-name-taken', { name })
    const secrets = sealSecrets(given.secrets ?? [], { id, secrets: [] }, { sealer, now: created_at })
    const module = { id, name, code, dependencies, secrets, created_at, updated_at: created_at }
    return { changes: [{ kind: 'actionModules', create: module }], result: undefined }
  })
  return demandModule(id, store)
}

/** Edits a module's draft; no version of it changes, and no action that pins one. What is edited can be published, changed or not. Refuses content that breaks a rule. */
export async function updateModule(
  id: string,
  patch: ModulePatch,
  ports: DeploymentPorts,
): Promise<Stored<ActionModule>> {
  const { store, sealer } = ports
  await commitPlanned(store, 'the module', async () => {
    const { revision, build, draft_version_id, ...module } = await demandModule(id, store)
    const isEdited = [patch.code, patch.dependencies, patch.secrets].some((member) => member !== undefined)
    const updated_at = now(ports)
    const dependencies = patch.dependencies === undefined ? module.dependencies : withVersions(patch.dependencies ?? [])
    const keepsBuild = patch.dependencies === undefined || areAsBuilt(dependencies, build)
    const code = patch.code ?? module.code
    demandSound(refusalsOfModule({ code, dependencies, secrets: patch.secrets ?? [] }))
    const replace: ActionModule = {
      ...module,
      code,
      dependencies,
      secrets:
        patch.secrets === undefined
          ? module.secrets
          : sealSecrets(patch.secrets ?? [], module, { sealer, now: updated_at }),
      ...(build !== undefined && keepsBuild && { build }),
      ...(draft_version_id !== undefined && !isEdited && { draft_version_id }),
      updated_at,
    }
    return { changes: [{ kind: 'actionModules', key: id, revision, replace }], result: undefined }
  })
  return demandModule(id, store)
}

/** Deletes a module and its versions. Refuses one that the draft or a kept version of an action pins. */
export async function deleteModule(id: string, { store }: Pick<DeploymentPorts, 'store'>): Promise<void> {
  await commitPlanned(store, 'the module', async () => {
    const { revision, ...module } = await demandModule(id, store)
    const by = [...new Set((await pinsOf(id, store)).map(({ action_name }) => action_name))]
    if (by.length > 0) throw new DeploymentRefusal('module-pinned', { name: module.name, by })
    const versions = await moduleVersionsOf(id, store)
    return {
      changes: [
        // A deletion asks for no revision; this does: an action that pins the module meanwhile wrote it.
        { kind: 'actionModules', key: id, revision, replace: module },
        { kind: 'actionModules', delete: id },
        ...versions.map((version): Change => ({ kind: 'actionModuleVersions', delete: version.id })),
      ],
      result: undefined,
    }
  })
}

/**
 * Builds a module's packages and freezes its draft as the next version. Actions go on with the version they pin. Refuses a draft that was
 * published as it is, a module that has fifty versions already, and one that is edited while it is built.
 *
 * @see Auth0 Docs, "Actions Modules"
 */
export async function publishModuleVersion(module_id: string, ports: DeploymentPorts): Promise<Publication> {
  const { store, sealer } = ports
  const draft = await demandModule(module_id, store)
  demandUnpublished(draft, await demandRoom(draft, store))
  const build = await buildModule(draft, ports)
  if (build.status === 'failed') return build
  const version_id = await commitPlanned(store, 'the module', async () => {
    const { revision, ...module } = await demandModule(module_id, store)
    // Its revision says less: that moves also when an action pins it. Secrets are read now, so they may have moved.
    const isSame =
      JSON.stringify([module.code, module.dependencies]) === JSON.stringify([draft.code, draft.dependencies])
    if (!isSame) throw new DeploymentRefusal('changed-meanwhile', { what: 'the module' })
    const built = draftBuild(module.dependencies, build, now(ports))
    const versions = await demandRoom(module, store)
    demandUnpublished(module, versions)
    const version = nextModuleVersion(versions, { ...module, build: built }, ports)
    const replace = { ...module, build: built, draft_version_id: version.id }
    return {
      changes: [
        ...(await bundleChanges(build, ports)),
        { kind: 'actionModuleVersions', create: { ...version, secrets: resealSecrets(module, version.id, sealer) } },
        { kind: 'actionModules', key: module_id, revision, replace },
      ],
      result: version.id,
    }
  })
  const version = await getModuleVersion(module_id, version_id, store)
  return { status: 'published', version, messages: build.messages }
}

/** Builds the packages of a module's draft. Code that does not parse fails: no action could load it. */
async function buildModule(
  draft: Pick<ActionModule, 'code' | 'dependencies' | 'build'>,
  ports: Pick<DeploymentPorts, 'store' | 'bundler'>,
): ReturnType<typeof buildPackages> {
  const fault = findParseFault(draft.code)
  if (fault !== undefined) {
    const line = fault.line === undefined ? '' : ` at line ${fault.line}`
    return {
      status: 'failed',
      errors: [{ id: 'code_does_not_parse', msg: `the code does not parse${line}: ${fault.message}` }],
    }
  }
  return buildPackages(await buildRequest({ ...draft, runtime: defaultRuntime }, draft.build, ports), ports.bundler)
}

/** The next version of a module as its draft stands, the secrets as they are sealed there. */
export function nextModuleVersion(
  versions: readonly ActionModuleVersion[],
  {
    id: module_id,
    code,
    dependencies,
    secrets,
    build,
  }: Pick<ActionModule, 'id' | 'code' | 'dependencies' | 'secrets' | 'build'>,
  ports: Pick<DeploymentPorts, 'clock' | 'random'>,
): ActionModuleVersion {
  return {
    id: newId.actionModuleVersion(ports.random),
    module_id,
    version_number: Math.max(0, ...versions.map(({ version_number }) => version_number)) + 1,
    code,
    dependencies: build?.dependencies ?? dependencies,
    secrets,
    ...(build?.bundle !== undefined && { bundle: build.bundle }),
    created_at: now(ports),
  }
}

/** Copies a version into the module's draft, resolved packages and secrets included; publishes nothing. Refuses the version that the draft is. */
export async function rollbackModule(
  module_id: string,
  version_id: string,
  ports: DeploymentPorts,
): Promise<Stored<ActionModule>> {
  const { store, sealer } = ports
  await commitPlanned(store, 'the module', async () => {
    const { revision, ...module } = await demandModule(module_id, store)
    const version = await getModuleVersion(module_id, version_id, store)
    if (module.draft_version_id === version_id) throw new DeploymentRefusal('module-draft-is-version', {})
    const { code, dependencies, bundle, created_at: built_at } = version
    const build = { declared: dependencies, dependencies, ...(bundle !== undefined && { bundle }), built_at }
    const secrets = resealSecrets(version, module_id, sealer)
    const content = { code, dependencies, secrets, build, draft_version_id: version_id }
    const replace = { ...module, ...content, updated_at: now(ports) }
    return { changes: [{ kind: 'actionModules', key: module_id, revision, replace }], result: undefined }
  })
  return demandModule(module_id, store)
}

/** All published versions of a module, in order of creation. */
export function moduleVersionsOf(module_id: string, store: Store): Promise<readonly Stored<ActionModuleVersion>[]> {
  return store.actionModuleVersions.list({ where: { field: 'module_id', value: module_id } })
}

/** The newest of a module's versions. */
export function latestModuleVersion<V extends ActionModuleVersion>(versions: readonly V[]): V | undefined {
  return versions.toSorted((a, b) => b.version_number - a.version_number)[0]
}

function demandUnpublished({ draft_version_id }: ActionModule, versions: readonly ActionModuleVersion[]): void {
  if (draft_version_id !== undefined && draft_version_id === latestModuleVersion(versions)?.id)
    throw new DeploymentRefusal('module-unchanged', {})
}

async function demandRoom(
  { id, name }: Pick<ActionModule, 'id' | 'name'>,
  store: Store,
): Promise<readonly ActionModuleVersion[]> {
  const versions = await moduleVersionsOf(id, store)
  if (versions.length >= limits.moduleVersions)
    throw new DeploymentRefusal('module-versions-full', { name, count: versions.length })
  return versions
}
