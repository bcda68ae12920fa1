import { isScope, limits, type Scope } from '../domain/index.ts'

/**
 * One scope argument of `api.transaction`, trimmed. What it throws reaches the action, as at Auth0.
 *
 * @see Auth0 Docs, "credentials-exchange API object"
 */
export function readTargetScope(value: unknown): Scope {
  if (typeof value !== 'string') throw new TypeError(`A scope must be a string; received ${typeof value}.`)
  const scope = value.trim()
  if (scope === '') throw new Error('A scope is required; received an empty string.')
  if (scope.length > limits.scopeLength)
    throw new Error(`A scope must not be longer than ${limits.scopeLength} characters; received ${scope.length}.`)
  if (!isScope(scope)) throw new Error(`A scope must not contain white space; received "${scope}".`)
  return scope
}

/** The argument of `setTargetScopes`: every element read before anything changes, duplicates folded. */
export function readTargetScopes(value: unknown): readonly Scope[] {
  if (!Array.isArray(value)) throw new TypeError(`Scopes must be an array of strings; received ${typeof value}.`)
  const scopes = new Set<Scope>()
  for (const element of value) {
    scopes.add(readTargetScope(element))
    if (scopes.size > limits.scopes) throw tooManyScopes()
  }
  return [...scopes]
}

/** Refuses an addition that would make more than 1,000 distinct target scopes; one that is there already is fine. */
export function checkRoomFor(scope: Scope, target: ReadonlySet<Scope>): void {
  if (target.size >= limits.scopes && !target.has(scope)) throw tooManyScopes()
}

function tooManyScopes(): Error {
  return new Error(`A transaction has at most ${limits.scopes} target scopes.`)
}

/**
 * The scopes an access token will carry: the target scopes that the client grant also holds, in the grant's order.
 *
 * Called once, after the last action. A target scope outside the grant is dropped without an error, as Auth0 does:
 * an action can move within what an administrator granted, never past it.
 *
 * @see Auth0 Docs, "credentials-exchange API object": `api.transaction.setTargetScopes`
 */
export function cutTargetScopes(target: ReadonlySet<Scope>, ceiling: readonly Scope[]): readonly Scope[] {
  return ceiling.filter((scope) => target.has(scope))
}
