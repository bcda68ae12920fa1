import type { ActionDependency, ActionSecret } from './action.ts'

/**
 * An actions module: code, action secrets and npm packages that several actions share, loaded by `require('actions:NAME')`. This is its draft.
 *
 * @see Auth0 Docs, "Actions Modules"
 */
export interface ActionModule {
  readonly id: string
  readonly name: string
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly ActionSecret[]
  readonly created_at: string
  readonly updated_at: string
}

/** A published version of a module. It never changes; actions pin it by its id. */
export interface ActionModuleVersion {
  readonly id: string
  readonly module_id: string
  readonly version_number: number
  readonly code: string
  readonly dependencies: readonly ActionDependency[]
  readonly secrets: readonly ActionSecret[]
  /** The hash of the bundle that holds its packages; absent when it declares none. */
  readonly bundle?: string
  readonly created_at: string
}
