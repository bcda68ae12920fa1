import { limits } from './limits.ts'

/** One scope value: 1 to 280 characters without white space. */
export type Scope = string

/**
 * Splits a space-separated scope parameter into its distinct values, in the order first named.
 *
 * White space of any amount separates; an empty text has no scopes.
 */
export function parseScopes(text: string): readonly Scope[] {
  // RFC 6749 §3.3: the delimiter is a space and the order does not matter.
  return [...new Set(text.split(/\s+/).filter((scope) => scope !== ''))]
}

/** Whether a text may stand as one scope value of an API: 1 to 280 characters, no white space. */
export function isScope(text: string): boolean {
  return text.length > 0 && text.length <= limits.scopeLength && !/\s/.test(text)
}

/** The scopes of `wanted` that `held` lacks, in the order of `wanted`. */
export function missingScopes(wanted: readonly Scope[], held: readonly Scope[]): readonly Scope[] {
  if (wanted.length === 0) return wanted
  const set = new Set(held)
  return wanted.filter((scope) => !set.has(scope))
}

/** The scopes of `first` that `second` holds too, in the order of `first`. */
export function commonScopes(first: readonly Scope[], second: readonly Scope[]): readonly Scope[] {
  if (first.length === 0) return first
  const set = new Set(second)
  return first.filter((scope) => set.has(scope))
}
