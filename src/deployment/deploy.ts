import {
  type Action,
  type ActionDependency,
  type ActionVersion,
  type Clock,
  limits,
  newId,
  type RandomBytes,
} from '../domain/index.ts'
import type { Sealer } from '../keys/index.ts'
import type { Change, Store, Stored } from '../storage/index.ts'

/** An action as its author wrote it: the secrets in the clear. */
export interface ActionSource {
  readonly id: string
  readonly name: string
  readonly code: string
  readonly runtime: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
  readonly supported_triggers: Action['supported_triggers']
  readonly created_at: string
  /** False for a draft that must not run. */
  readonly deployed: boolean
}

export interface DeploymentPorts {
  readonly store: Store
  readonly sealer: Sealer
  readonly clock: Clock
  readonly random: RandomBytes
}

/** A version opened for the runner: its secrets in the clear. */
export interface VersionContent {
  readonly code: string
  readonly secrets: Readonly<Record<string, string>>
}

/**
 * The changes that make an action's source its deployed version. A source equal to what is stored makes none: the version that runs is
 * kept, and so is its process. A version, once made, never changes; above fifty the oldest that is not deployed goes.
 */
export async function deployChanges(source: ActionSource, ports: DeploymentPorts): Promise<readonly Change[]> {
  const { store, sealer, clock, random } = ports
  const now = new Date(clock()).toISOString()
  const action = await store.actions.get(source.id)
  const versions = await store.actionVersions.list({ where: { field: 'action_id', value: source.id } })
  const deployed = versions.find(({ id }) => id === action?.deployed_version_id)
  const isDraftSame = action !== undefined && sameContent(source, action, openSecrets(action, sealer))
  const isDeployedSame = deployed !== undefined && sameContent(source, deployed, openSecrets(deployed, sealer))
  const isRunning = deployed !== undefined
  if (isDraftSame && action.name === source.name && source.deployed === isRunning && isDeployedSame === isRunning)
    return []

  const changes: Change[] = []
  let version: ActionVersion | undefined = deployed
  if (source.deployed && !isDeployedSame) {
    const id = newId.actionVersion(random)
    version = {
      id,
      action_id: source.id,
      number: Math.max(0, ...versions.map(({ number }) => number)) + 1,
      code: source.code,
      runtime: source.runtime,
      dependencies: source.dependencies,
      secrets: sealed(source, secretContext(id), ports, now),
      // Nothing to install: what is frozen is what runs.
      status: 'built',
      errors: [],
      created_at: now,
      built_at: now,
    }
    changes.push({ kind: 'actionVersions', create: version })
    for (const old of surplus(versions, deployed)) changes.push({ kind: 'actionVersions', delete: old.id })
  }
  const draft: Action = {
    id: source.id,
    name: source.name,
    supported_triggers: source.supported_triggers,
    code: source.code,
    runtime: source.runtime,
    dependencies: source.dependencies,
    secrets: sealed(source, secretContext(source.id), ports, now),
    status: source.deployed ? 'built' : 'pending',
    ...(source.deployed && version !== undefined ? { deployed_version_id: version.id } : {}),
    created_at: action?.created_at ?? source.created_at,
    updated_at: now,
  }
  changes.push(
    action === undefined
      ? { kind: 'actions', create: draft }
      : { kind: 'actions', key: action.id, revision: action.revision, replace: draft },
  )
  return changes
}

/** Opens a version's secrets for the runner. Throws when one does not open: the version then does not run. */
export function openVersion(version: ActionVersion, sealer: Sealer): VersionContent {
  return { code: version.code, secrets: openSecrets(version, sealer) }
}

function openSecrets({ id, secrets }: Action | ActionVersion, sealer: Sealer): Readonly<Record<string, string>> {
  const context = secretContext(id)
  return Object.fromEntries(secrets.map(({ name, sealed }) => [name, sealer.open(sealed, `${context}.${name}`)]))
}

function secretContext(owner: string): string {
  return `actionSecrets:${owner}`
}

function sealed(
  { secrets }: ActionSource,
  context: string,
  { sealer }: DeploymentPorts,
  updated_at: string,
): ActionVersion['secrets'] {
  return secrets.map(({ name, value }) => ({ name, sealed: sealer.seal(value, `${context}.${name}`), updated_at }))
}

function sameContent(
  source: ActionSource,
  stored: Action | ActionVersion,
  secrets: Readonly<Record<string, string>>,
): boolean {
  return (
    source.code === stored.code &&
    source.runtime === stored.runtime &&
    JSON.stringify(source.dependencies) === JSON.stringify(stored.dependencies) &&
    JSON.stringify(source.secrets.map(({ name, value }) => [name, value])) === JSON.stringify(Object.entries(secrets))
  )
}

/** The oldest versions beyond the limit, the deployed one spared: another is about to be added. */
function surplus(
  versions: readonly Stored<ActionVersion>[],
  deployed: Stored<ActionVersion> | undefined,
): readonly Stored<ActionVersion>[] {
  const unused = versions.filter(({ id }) => id !== deployed?.id).toSorted((a, b) => a.number - b.number)
  return unused.slice(0, Math.max(0, versions.length + 1 - limits.actionVersions))
}
