import type { Scope } from './scope.ts'

/** One scope an API defines. */
export interface ResourceServerScope {
  readonly value: Scope
  readonly description?: string
}

/** The claim layouts an API may ask for. @see Auth0 Docs, "Access Token Profiles" */
export type TokenDialect = 'access_token' | 'access_token_authz' | 'rfc9068_profile' | 'rfc9068_profile_authz'

/** An API as the Management API spells it; `identifier` is its audience. Keys the server does not act on are kept beside these. */
export interface ResourceServer {
  readonly id: string
  readonly identifier: string
  readonly name?: string
  readonly scopes?: readonly ResourceServerScope[]
  readonly signing_alg?: string
  /** Seconds, 0 to 2,592,000. */
  readonly token_lifetime?: number
  readonly token_dialect?: TokenDialect
  readonly token_encryption?: unknown
  readonly proof_of_possession?: { readonly mechanism?: string; readonly required?: boolean } | null
  readonly subject_type_authorization?: {
    readonly client?: { readonly policy?: 'deny_all' | 'require_client_grant' }
  }
  readonly is_system?: boolean
}

/** What of an API's configuration this server cannot hold to: one sentence each; empty when all is enforced. */
export function unenforceableOfResourceServer(api: ResourceServer): readonly string[] {
  const faults: string[] = []
  if (api.signing_alg !== undefined && api.signing_alg !== 'RS256')
    faults.push(`signing_alg "${api.signing_alg}" is not available in this version; use "RS256"`)
  if (api.token_dialect !== undefined && api.token_dialect !== 'access_token')
    faults.push(`token_dialect "${api.token_dialect}" is not available in this version; use "access_token"`)
  if (api.token_encryption != null) faults.push('token_encryption is not available in this version')
  if (api.proof_of_possession != null) faults.push('proof_of_possession is not enforced by this version')
  return faults
}
