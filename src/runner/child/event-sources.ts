import type { Command } from '../../engine/command.ts'
import {
  buildEvent,
  copyFixedEvent,
  copyVaryingEvent,
  type Event,
  type FixedEvent,
  type VaryingEvent,
} from '../../engine/event.ts'

// Taken before any action runs: actions share the realm and may replace anything.
const { parse } = JSON
const { is, keys } = Object

/** Body of `invoke`, as it came. No action ever has it: each event is made of copies. */
export interface InvokeMessage {
  readonly fixed: number
  readonly versions: readonly string[]
  readonly varying: VaryingEvent
  readonly prior?: readonly Command[]
  /** Whether each `turn` is told. */
  readonly tellsTurns?: boolean
}

/** What one action's event is made of. */
export interface EventSources {
  readonly fixed: FixedEvent
  readonly message: InvokeMessage
  /** The message as text. */
  readonly body: string
  /** The action's secrets, and the claims of earlier actions, as JSON text. */
  readonly secrets: string
  readonly claims: string
  readonly target: readonly string[]
}

/** Makes the event, of copies alone. */
export function makeEvent({ fixed, message, body, secrets, claims, target }: EventSources): Event {
  return buildEvent({
    fixed: copyFixedEvent(fixed),
    varying: copyVaryingEvent(message.varying) ?? parseVarying(body),
    secrets: parse(secrets),
    customClaims: parse(claims),
    target,
  })
}

function parseVarying(body: string): VaryingEvent {
  const { varying }: InvokeMessage = parse(body)
  return varying
}

/** Members of every event; an organization and a custom domain come on top. */
const members = 8

/**
 * Whether an event still says what its sources say, and `shown` as its target scopes: nothing is copied for that. Getters that an action
 * put there run, and may throw.
 */
export function isUnwritten(event: Event, sources: EventSources, shown: readonly string[]): boolean {
  const { fixed, message, secrets, claims, target } = sources
  const { request, requested_scopes, correlation_id } = message.varying
  const { accessToken, transaction } = event
  const optional = (fixed.custom_domain === undefined ? 0 : 1) + (fixed.organization === undefined ? 0 : 1)
  // An action may have put anything there.
  if (!isObject(accessToken) || !isObject(transaction)) return false
  return (
    keys(event).length === members + optional &&
    isSame(event.client, fixed.client) &&
    isSame(event.request, request) &&
    isSame(transaction.target_scopes, shown) &&
    isSame(transaction.requested_scopes, requested_scopes) &&
    transaction.correlation_id === correlation_id &&
    keys(transaction).length === (correlation_id === undefined ? 2 : 3) &&
    isSame(accessToken.scope, target) &&
    isSame(accessToken.customClaims, parse(claims)) &&
    keys(accessToken).length === 2 &&
    isSame(event.secrets, parse(secrets)) &&
    isSame(event.resource_server, fixed.resource_server) &&
    isSame(event.tenant, fixed.tenant) &&
    keys(event.configuration).length === 0 &&
    isSame(event.organization, fixed.organization) &&
    isSame(event.custom_domain, fixed.custom_domain)
  )
}

/** Whether two values have the same content: the same keys, the same plain values. */
export function isSame(value: unknown, expected: unknown): boolean {
  if (!isObject(value) || !isObject(expected)) return is(value, expected)
  const names = keys(value)
  if (names.length !== keys(expected).length) return false
  for (let index = 0; index < names.length; index++) {
    const name = names[index]
    if (name === undefined || !isSame(value[name], expected[name])) return false
  }
  return true
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null
}
