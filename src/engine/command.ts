import type { Json } from '../domain/index.ts'

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
