import { getClientGrant, listClientGrants } from './client-grants.ts'
import type { Operation } from './operation.ts'

/** One call of the API: its method and path, the scopes it asks for, and what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Below `/api/v2`, its variable parts as `:name`. */
  readonly path: string
  /** Any one of them will do, unless `all` is set. */
  readonly scopes: readonly string[]
  readonly all?: boolean
  readonly operation: Operation
}

function route(method: Route['method'], path: string, scopes: string, operation: Operation): Route {
  return { method, path, scopes: scopes.split(' '), operation }
}

/** The whole surface. */
export const routes: readonly Route[] = [
  // Client grants.
  route('GET', '/client-grants', 'read:client_grants', listClientGrants),
  route('GET', '/client-grants/:id', 'read:client_grants', getClientGrant),
]

const verbs: Readonly<Record<string, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
}

/**
 * The scope that a call is refused for that is not in the table, whatever its token carries. Auth0's deploy CLI and Terraform provider go on
 * after that answer; after a 404 or a 501 they give up. It is made of the path.
 */
export function scopeOfUnserved(method: string, url: string): string {
  const resource = /^\/api\/v2\/([\w-]+)/.exec(url)?.[1]?.replaceAll('-', '_') ?? 'anything'
  return `${verbs[method] ?? 'read'}:${resource}`
}
