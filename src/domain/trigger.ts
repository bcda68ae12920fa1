import { guesses } from './guesses.ts'

/** One version of one of Auth0's triggers, as the Management API lists it. */
export interface TriggerVersion {
  readonly id: string
  readonly version: string
  readonly status: 'CURRENT' | 'DEPRECATED'
  readonly runtimes: readonly string[]
  readonly default_runtime: string
  /** Whether its actions are bound to the trigger, or to something else that names them. */
  readonly binding_policy: 'trigger-bound' | 'entity-bound'
  /** Versions whose actions run as ones of this version, too. */
  readonly compatible_triggers: readonly { readonly id: string; readonly version: string }[]
}

/** The one trigger this server runs. */
export const credentialsExchange = 'credentials-exchange'

const current = {
  status: 'CURRENT',
  runtimes: ['node18-actions', 'node22'],
  default_runtime: 'node22',
  binding_policy: 'trigger-bound',
  compatible_triggers: [],
} as const
const deprecated = { ...current, status: 'DEPRECATED', runtimes: ['node22'], default_runtime: 'node12' } as const
const ofEntities = { ...current, runtimes: ['node22'], binding_policy: 'entity-bound' } as const

/**
 * Auth0's triggers, an entry for each version: seen in recorded answers of its list of triggers, August 2026, but for the last two, which only
 * some tenants have. Only {@link credentialsExchange} is run; what is of another one is kept.
 */
export const triggers = [
  { id: 'post-login', version: 'v1', ...deprecated },
  { id: 'post-login', version: 'v2', ...deprecated, runtimes: ['node18', 'node22'], default_runtime: 'node16' },
  { id: 'post-login', version: 'v3', ...current, compatible_triggers: [{ id: 'post-login', version: 'v2' }] },
  { id: credentialsExchange, version: 'v2', ...current },
  { id: credentialsExchange, version: 'v1', ...deprecated },
  { id: 'pre-user-registration', version: 'v2', ...current },
  { id: 'pre-user-registration', version: 'v1', ...deprecated },
  { id: 'post-user-registration', version: 'v2', ...current },
  { id: 'post-user-registration', version: 'v1', ...deprecated },
  { id: 'post-change-password', version: 'v2', ...current },
  { id: 'post-change-password', version: 'v1', ...deprecated },
  { id: 'send-phone-message', version: 'v2', ...current },
  { id: 'send-phone-message', version: 'v1', ...deprecated },
  { id: 'password-reset-post-challenge', version: 'v1', ...current },
  { id: 'custom-phone-provider', version: 'v1', ...current },
  { id: 'custom-email-provider', version: 'v1', ...current },
  { id: 'custom-token-exchange', version: 'v1', ...ofEntities, runtimes: ['node18', 'node22'] },
  { id: 'event-stream', version: 'v1', ...ofEntities },
  { id: 'password-hash-migration', version: 'v1', ...ofEntities },
  { id: 'mcp-tool', version: 'v1', ...ofEntities },
  { id: 'login-post-identifier', version: guesses.identifierTriggerVersion, ...current },
  { id: 'signup-post-identifier', version: guesses.identifierTriggerVersion, ...current },
] as const satisfies readonly TriggerVersion[]

/** The id of one of Auth0's triggers. */
export type TriggerId = (typeof triggers)[number]['id']

/** The ids of Auth0's triggers, each once. */
export const triggerIds: readonly TriggerId[] = [...new Set(triggers.map(({ id }) => id))]

/** The versions of a trigger; none for what is no trigger of Auth0's. */
export function triggerVersions(id: string): readonly TriggerVersion[] {
  return triggers.filter((trigger) => trigger.id === id)
}

/** The version of a trigger that an action is for which names none; `undefined` for what is no trigger of Auth0's. */
export function defaultTriggerVersion(id: string): string | undefined {
  return triggerVersions(id).find(({ status }) => status === guesses.triggerVersion)?.version
}

interface ForTriggers {
  readonly supported_triggers: readonly { readonly id: string }[]
}

/** The trigger that an action is for: there is exactly one, and it stays. Throws for an action that should not have been stored. */
export function triggerIdOf({ supported_triggers }: ForTriggers): string {
  const [trigger, ...others] = supported_triggers
  if (trigger === undefined || others.length > 0)
    throw new Error('an action is for one trigger, and neither none nor two')
  return trigger.id
}

/** Whether an action is for the trigger that is run here. One that is not is kept: never built, tried or run. */
export function isForServedTrigger(action: ForTriggers): boolean {
  return triggerIdOf(action) === credentialsExchange
}
