import { isJsonObject, isScope, type Json, limits } from '../domain/index.ts'
import { utf8Length } from './custom-claims.ts'

/** The codes `api.access.deny` documents. */
export type DenyCode = 'invalid_scope' | 'invalid_request' | 'server_error'

/** What an action did that has no effect and that only the child can see. */
export type IgnoredKind = 'undefined-claim' | 'unnamed-claim' | 'event-write' | 'api-write' | 'late-call'

/** One `api.*` call of an action, as data: the closed list of everything an action can ask for. */
export type Command =
  | { readonly type: 'deny'; readonly code: string; readonly reason?: string }
  | { readonly type: 'set-claim'; readonly name: string; readonly value: Json }
  | { readonly type: 'oversized-claims'; readonly name: string }
  | { readonly type: 'cache-set'; readonly key: string; readonly value: string; readonly expires_at: number }
  | { readonly type: 'cache-delete'; readonly key: string }
  | { readonly type: 'add-scope' | 'remove-scope'; readonly scope: string }
  | { readonly type: 'set-scopes'; readonly scopes: readonly string[] }
  | { readonly type: 'ignored'; readonly what: IgnoredKind; readonly name: string }

const ignoredKinds: ReadonlySet<unknown> = new Set<IgnoredKind>([
  'undefined-claim',
  'unnamed-claim',
  'event-write',
  'api-write',
  'late-call',
])

/**
 * A command out of JSON that came from a sandboxed process; `undefined` when it is none: an unknown type, a missing field,
 * a value its own `api` method would have refused. Whoever sends such a thing is not our child program.
 */
export function parseCommand(value: unknown): Command | undefined {
  if (!isJsonObject(value)) return undefined
  const { type, name, key, scope, expires_at } = value
  switch (type) {
    case 'deny': {
      const { code, reason } = value
      if (typeof code !== 'string') return undefined
      if (reason === undefined) return { type, code }
      return typeof reason === 'string' ? { type, code, reason } : undefined
    }
    case 'set-claim':
      return typeof name === 'string' && name !== '' && value.value !== undefined
        ? { type, name, value: value.value }
        : undefined
    case 'oversized-claims':
      return typeof name === 'string' ? { type, name } : undefined
    case 'cache-set':
      return typeof key === 'string' &&
        typeof value.value === 'string' &&
        Number.isSafeInteger(expires_at) &&
        utf8Length(key) <= limits.cacheKeyBytes &&
        utf8Length(value.value) <= limits.cacheValueBytes
        ? { type, key, value: value.value, expires_at: Number(expires_at) }
        : undefined
    case 'cache-delete':
      return typeof key === 'string' ? { type, key } : undefined
    case 'add-scope':
    case 'remove-scope':
      return typeof scope === 'string' && isScope(scope) ? { type, scope } : undefined
    case 'set-scopes': {
      const { scopes } = value
      return Array.isArray(scopes) && scopes.length <= limits.scopes && scopes.every(isScopeText)
        ? { type, scopes }
        : undefined
    }
    case 'ignored':
      return isIgnoredKind(value.what) && typeof name === 'string' ? { type, what: value.what, name } : undefined
    default:
      return undefined
  }
}

function isScopeText(value: unknown): value is string {
  return typeof value === 'string' && isScope(value)
}

function isIgnoredKind(value: unknown): value is IgnoredKind {
  return ignoredKinds.has(value)
}
