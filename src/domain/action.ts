/** Names of runtimes that a draft may ask for, all run on the first. @see Auth0 Docs, "Migrate to Node.js 22" */
export const runtimes = ['node22', 'node18', 'node18-actions', 'node16', 'node12'] as const

/** The runtime of a draft that names none. Seen in recorded answers of the Management API. */
export const defaultRuntime = runtimes[0]

/** The code of a draft that has none. @see Auth0 Docs, Management API "Create an action": `code` */
export const defaultActionCode = 'module.exports = () => {}'

/** Where an action or a version stands on its way to running. @see Auth0 Docs, Management API "Get an action": `status` */
export type BuildStatus = 'pending' | 'building' | 'packaged' | 'built' | 'retrying' | 'failed'

/**
 * Where a draft may go from each status. An edit makes it `pending` again at any time; a build that failed is `retrying` once it is asked
 * for again. Auth0 names these statuses and not their moves: which are legal is ours.
 */
export const buildMoves: Readonly<Record<BuildStatus, readonly BuildStatus[]>> = {
  pending: ['building'],
  building: ['packaged', 'failed', 'pending'],
  packaged: ['built', 'failed', 'pending'],
  retrying: ['building', 'pending'],
  built: ['pending'],
  failed: ['retrying', 'pending'],
}

/** `to`, where a draft may go there from `from`; throws otherwise, for such a move is a defect. Staying where it is moves nothing. */
export function moveBuild(from: BuildStatus, to: BuildStatus): BuildStatus {
  if (from === to || buildMoves[from].includes(to)) return to
  throw new Error(`a draft does not go from "${from}" to "${to}": from there it goes to ${buildMoves[from].join(', ')}`)
}

/** Whether a status is that of a build under way; one that no process works on was cut off. */
export function isUnderWay(status: BuildStatus): boolean {
  return status === 'building' || status === 'packaged' || status === 'retrying'
}

/** An action secret as stored: its value sealed, never in the clear. */
export interface ActionSecret {
  readonly name: string
  readonly sealed: string
  readonly updated_at: string
}

/** An npm package an action asks for. */
export interface ActionDependency {
  readonly name: string
  readonly version: string
  /** What a draft says of where the package is to come from. Nobody goes by it, and it is gone once the draft is built. */
  readonly registry_url?: string
}

/** A module version that an action loads by `require('actions:NAME')`. Publishing a newer one changes nothing here. */
export interface PinnedModule {
  readonly module_id: string
  readonly module_version_id: string
}

/** What an author edits and a version freezes. */
export interface ActionContent {
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly runtime: string
  readonly secrets: readonly ActionSecret[]
  readonly modules?: readonly PinnedModule[]
}

/** One fault or remark of a build, as `errors` lists them. @see Auth0 Docs, Management API "Get an action version" */
interface BuildError {
  readonly id: string
  readonly msg: string
  readonly url?: string
}

/** What a draft's packages came to when they were last built. */
export interface DraftBuild {
  /** The dependencies as the draft named them then. */
  readonly declared: readonly ActionDependency[]
  /** The same ones, each with the version it was resolved to. */
  readonly dependencies: readonly ActionDependency[]
  /** The hash of the {@link Bundle}; absent when nothing was declared. */
  readonly bundle?: string
  readonly built_at: string
}

/** An action: its draft, and which of its versions is deployed. */
export interface Action extends ActionContent {
  readonly id: string
  readonly name: string
  readonly supported_triggers: readonly { readonly id: string; readonly version: string }[]
  readonly status: BuildStatus
  /** What its last build had to say. */
  readonly errors?: readonly BuildError[]
  /** The last build that succeeded: of this very draft only while `status` is `built`. */
  readonly build?: DraftBuild
  readonly deployed_version_id?: string
  /** Whether the draft is what is deployed: from a deployment to the next edit, whatever that one changes. */
  readonly all_changes_deployed?: boolean
  readonly created_at: string
  readonly updated_at: string
}

/** A frozen version of an action. Nothing of it ever changes; `errors` tell what its build had to say. */
export interface ActionVersion extends ActionContent {
  readonly id: string
  readonly action_id: string
  readonly number: number
  readonly status: BuildStatus
  readonly errors: readonly BuildError[]
  readonly created_at: string
  readonly built_at?: string
  /** The hash of the {@link Bundle} that holds its packages; absent when it declares none. */
  readonly bundle?: string
}

/**
 * The npm packages of built versions, resolved: enough to make the same files again, and shared by every version that resolves to the same.
 * The files lie in a folder named by `hash`.
 */
export interface Bundle {
  /** SHA-256, hexadecimal: of everything below, and of the machine's architecture. */
  readonly hash: string
  /** The whole `package-lock.json`. */
  readonly lockfile: string
  /** What the code requires of its packages, as written: `lodash`, `lodash/fp`. Sorted. */
  readonly specifiers: readonly string[]
  readonly runtime: string
  readonly created_at: string
}

/**
 * Dependencies as they are to be resolved: what an earlier build resolved from the same name and version keeps what it came to then, so
 * that `latest` means what it meant when it was first saved.
 *
 * @see Auth0 Docs, "Write Your First Action": the version is fixed on save
 */
export function pinDependencies(
  declared: readonly ActionDependency[],
  build: DraftBuild | undefined,
): readonly ActionDependency[] {
  return declared.map((dependency) => {
    const { name, version } = dependency
    const isSame = build?.declared.some((earlier) => earlier.name === name && earlier.version === version) === true
    return (isSame && build?.dependencies.find((resolved) => resolved.name === name)) || dependency
  })
}

/** Whether each of these can be resolved to one version alone: none is a range, a tag, or the latest. */
export function areExact(dependencies: readonly ActionDependency[]): boolean {
  return dependencies.every(({ version }) => /^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version))
}

/** Whether two lists of dependencies ask for the same, in the same order. */
export function areSameDependencies(some: readonly ActionDependency[], others: readonly ActionDependency[]): boolean {
  const isSame = ({ name, version }: ActionDependency, other: ActionDependency | undefined) =>
    name === other?.name && version === other.version
  return some.length === others.length && some.every((dependency, index) => isSame(dependency, others[index]))
}
