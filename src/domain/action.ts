/** The one trigger this server runs. */
export const credentialsExchange = 'credentials-exchange'

/** Where an action or a version stands on its way to running. @see Auth0 Docs, Management API "Get an action": `status` */
export type BuildStatus = 'pending' | 'building' | 'packaged' | 'built' | 'retrying' | 'failed'

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

/** An action: its draft, and which of its versions is deployed. */
export interface Action extends ActionContent {
  readonly id: string
  readonly name: string
  readonly supported_triggers: readonly { readonly id: string; readonly version: string }[]
  readonly status: BuildStatus
  readonly deployed_version_id?: string
  readonly created_at: string
  readonly updated_at: string
}

/** A frozen version of an action. Its content never changes; `status` and `errors` tell how its build went. */
export interface ActionVersion extends ActionContent {
  readonly id: string
  readonly action_id: string
  readonly number: number
  readonly status: BuildStatus
  readonly errors: readonly { readonly id: string; readonly msg: string; readonly url?: string }[]
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
