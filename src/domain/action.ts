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

/** What an author edits and a version freezes. */
export interface ActionContent {
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly runtime: string
  readonly secrets: readonly ActionSecret[]
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
}
