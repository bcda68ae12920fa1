import { type Action, type ActionVersion, type DraftBuild, limits, newId } from '../domain/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'
import { resealSecrets } from './action-secrets.ts'
import { demandAction } from './actions.ts'
import { commitPlanned } from './commit.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** The versions of an action, the newest first; refuses an action that does not exist. */
export async function listVersions(action_id: string, store: Store): Promise<readonly Stored<ActionVersion>[]> {
  await demandAction(action_id, store)
  return (await versionsOf(action_id, store)).toSorted((a, b) => b.number - a.number)
}

/** A version of an action; refuses one that does not exist, or is another action's. */
export async function getVersion(action_id: string, version_id: string, store: Store): Promise<Stored<ActionVersion>> {
  await demandAction(action_id, store)
  const version = await store.actionVersions.get(version_id)
  if (version?.action_id !== action_id) throw new DeploymentRefusal('action-version-unknown', { version_id })
  return version
}

/**
 * Freezes a built draft as the next version and deploys it: code, resolved packages, pinned modules, and the secrets, sealed anew for it.
 * Refuses a draft that is not built. Of more than fifty versions the oldest goes that is not deployed.
 *
 * @see Auth0 Docs, "Manage Versions"
 */
export async function deployAction(action_id: string, ports: DeploymentPorts): Promise<Stored<ActionVersion>> {
  const { store } = ports
  const version_id = await commitPlanned(store, 'the action', async () => {
    const action = await demandAction(action_id, store)
    if (action.status !== 'built') throw new DeploymentRefusal('not-built', {})
    return freeze(action, { ...action, ...frozenBuild(action) }, { all_changes_deployed: true }, ports)
  })
  return getVersion(action_id, version_id, store)
}

/**
 * Deploys an old version again: as a new one with the next number and the same content, built from the packages it was built from. The
 * draft stays as it is unless `updateDraft` is set: then it is that version's content, built. Refuses a version whose packages are lost and
 * cannot be made again.
 *
 * @see Auth0 Docs, Management API "Deploy a specific action version"
 */
export async function rollback(
  action_id: string,
  version_id: string,
  options: { readonly updateDraft?: boolean },
  ports: DeploymentPorts,
): Promise<Stored<ActionVersion>> {
  const { store, sealer } = ports
  await restorePackages(await getVersion(action_id, version_id, store), ports)
  const made = await commitPlanned(store, 'the action', async () => {
    const action = await demandAction(action_id, store)
    const { revision: _revision, ...old } = await getVersion(action_id, version_id, store)
    const draft = options.updateDraft === true ? draftOf(old, action_id, sealer, now(ports)) : undefined
    return freeze(action, old, draft ?? { all_changes_deployed: false }, ports)
  })
  return getVersion(action_id, made, store)
}

/** What a version freezes, taken from a draft or from another version. */
type Frozen = Pick<ActionVersion, 'id' | 'code' | 'runtime' | 'dependencies' | 'secrets' | 'errors'> &
  Partial<Pick<ActionVersion, 'modules' | 'bundle' | 'built_at'>>

/** The changes that make the next version of an action out of `content`, and deploy it; with them the id of that version. */
async function freeze(
  action: Stored<Action>,
  content: Frozen,
  draft: Partial<Action>,
  ports: DeploymentPorts,
): Promise<{ readonly changes: readonly Change[]; readonly result: string }> {
  const { store } = ports
  const versions = await versionsOf(action.id, store)
  const version = nextVersion(action.id, versions, content, ports)
  const { revision, ...record } = action
  const replace = { ...record, ...draft, deployed_version_id: version.id }
  return {
    changes: [
      ...versionChanges(version, versions, action.deployed_version_id),
      { kind: 'actions', key: action.id, revision, replace },
    ],
    result: version.id,
  }
}

/** The next version of an action, frozen out of `content`. */
export function nextVersion(
  action_id: string,
  versions: readonly ActionVersion[],
  content: Frozen,
  ports: DeploymentPorts,
): ActionVersion {
  const id = newId.actionVersion(ports.random)
  const created_at = now(ports)
  const { code, runtime, dependencies, errors, modules, bundle, built_at = created_at } = content
  return {
    id,
    action_id,
    number: Math.max(0, ...versions.map(({ number }) => number)) + 1,
    code,
    runtime,
    dependencies,
    secrets: resealSecrets(content, id, ports.sealer),
    ...(modules !== undefined && { modules }),
    ...(bundle !== undefined && { bundle }),
    status: 'built',
    errors,
    created_at,
    built_at,
  }
}

/** The changes that add a version, and drop the oldest beyond the limit; the one deployed until now is spared. */
export function versionChanges(
  version: ActionVersion,
  versions: readonly ActionVersion[],
  deployed_version_id: string | undefined,
): readonly Change[] {
  const unused = versions.filter(({ id }) => id !== deployed_version_id).toSorted((a, b) => a.number - b.number)
  const surplus = unused.slice(0, Math.max(0, versions.length + 1 - limits.actionVersions))
  return [
    { kind: 'actionVersions', create: version },
    ...surplus.map(({ id }): Change => ({ kind: 'actionVersions', delete: id })),
  ]
}

/** What a version takes from its draft's build. */
export function frozenBuild({
  dependencies,
  errors = [],
  build,
}: Pick<Action, 'dependencies' | 'errors' | 'build'>): Pick<Frozen, 'dependencies' | 'bundle' | 'built_at' | 'errors'> {
  return {
    dependencies: build?.dependencies ?? dependencies,
    ...(build?.bundle !== undefined && { bundle: build.bundle }),
    ...(build !== undefined && { built_at: build.built_at }),
    errors,
  }
}

/** All versions of an action, in order of creation. */
export function versionsOf(action_id: string, store: Store): Promise<readonly Stored<ActionVersion>[]> {
  return store.actionVersions.list({ where: { field: 'action_id', value: action_id } })
}

function draftOf(
  version: ActionVersion,
  action_id: string,
  sealer: DeploymentPorts['sealer'],
  updated_at: string,
): Partial<Action> {
  const { code, runtime, dependencies, modules = [], errors, bundle } = version
  const build: DraftBuild = {
    declared: dependencies,
    dependencies,
    ...(bundle !== undefined && { bundle }),
    built_at: version.built_at ?? updated_at,
  }
  const secrets = resealSecrets(version, action_id, sealer)
  const content = { code, runtime, dependencies, modules, errors, secrets, build }
  return { ...content, status: 'built', all_changes_deployed: true, updated_at }
}

async function restorePackages(version: ActionVersion, { store, bundler }: DeploymentPorts): Promise<void> {
  if (version.bundle === undefined) return
  const bundle = await store.bundles.get(version.bundle)
  const { number } = version
  if (bundle === undefined)
    throw new DeploymentRefusal('packages-lost', { number, reason: 'what they were resolved to is not stored' })
  await bundler.restore(bundle).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DeploymentRefusal('packages-lost', { number, reason })
  })
}
