/** One action's place in a trigger's order. */
export interface Binding {
  readonly id: string
  readonly action_id: string
  readonly display_name: string
  readonly created_at: string
  readonly updated_at: string
}

/** Which actions a trigger runs, and in which order: replaced as a whole, as the Management API does. */
export interface TriggerBindings {
  readonly trigger_id: string
  readonly bindings: readonly Binding[]
}

/** A binding resolved to the version that runs: what an execution names its parts by. Carries no code and no secret. */
export interface BoundVersion {
  readonly binding_id: string
  readonly action_id: string
  readonly action_name: string
  readonly version_id: string
  readonly number: number
}
