import { guesses } from '../domain/index.ts'

/** What each refusal is filled from. */
interface RefusalValues {
  'invalid-body': Nothing
  'repeated-parameter': { readonly parameter: string }
  'parameter-not-text': { readonly parameter: string }
  'scope-not-text': Nothing
  'grant-type-missing': Nothing
  'grant-type-unsupported': { readonly grant_type: string }
  'client-id-missing': Nothing
  'credentials-differ': Nothing
  'assertion-rejected': Nothing
  unauthenticated: Nothing
  'grant-type-not-allowed': Nothing
  'audience-missing': Nothing
  'audience-unknown': { readonly audience: string }
  'client-not-authorized': { readonly client_id: string; readonly audience: string }
  'client-grant-missing': { readonly client_id: string; readonly audience: string }
  'organization-not-allowed': Nothing
  'organization-required': Nothing
  'organization-invalid': { readonly organization: string }
  'scope-outside-grant': { readonly scopes: readonly string[] }
  'denied-invalid_request': { readonly reason: string }
  'denied-invalid_scope': { readonly reason: string }
  'denied-server_error': { readonly reason: string }
  'not-issued': { readonly request_id: string; readonly message?: string }
  overloaded: Nothing
}

type Nothing = Readonly<Record<never, never>>

/** Why a token request was refused. */
export type RefusalReason = keyof RefusalValues

/** The values a reason's sentence is filled from. */
type ValuesOf<R extends RefusalReason> = RefusalValues[R]

/** One row of the table: what is sent, and where status and sentence are from. */
export interface Refusal<V> {
  readonly status: number
  /** RFC 6749 §5.2, and Auth0's own codes beside it. */
  readonly error: string
  readonly description: (values: V) => string
  readonly error_uri?: string
  /** `observed` at Auth0, `documented` by Auth0 or an RFC, or `ours` where nothing is published. */
  readonly source: 'observed' | 'documented' | 'ours'
}

/** The audience and client of Auth0's 403 sentences, worded as in 2026. */
const notAuthorized = (v: { readonly client_id: string; readonly audience: string }): string =>
  `Client "${v.client_id}" is not authorized to access resource server "${v.audience}".`

/**
 * Every refusal of the token endpoint. Clients match on status and sentence: `access_denied` is 401 for a client that did not prove itself
 * and 403 for one that did and was not granted what it asked.
 */
export const refusals: { readonly [R in RefusalReason]: Refusal<ValuesOf<R>> } = {
  'invalid-body': {
    status: 400,
    error: 'invalid_request',
    description: () => 'Invalid request body',
    source: 'ours',
  },
  'repeated-parameter': {
    status: 400,
    error: 'invalid_request',
    description: (v) => `Parameter must not be repeated: ${v.parameter}`,
    source: 'ours',
  },
  'parameter-not-text': {
    status: 400,
    error: 'invalid_request',
    description: (v) => `Invalid parameter: ${v.parameter} must be a string`,
    source: 'ours',
  },
  'scope-not-text': {
    status: 400,
    error: 'invalid_scope',
    description: () => 'Scope must be an array or a string',
    source: 'documented',
  },
  'grant-type-missing': {
    status: 400,
    error: 'invalid_request',
    description: () => 'Missing required parameter: grant_type',
    source: 'ours',
  },
  'grant-type-unsupported': {
    status: guesses.unsupportedGrantTypeStatus,
    error: 'unsupported_grant_type',
    description: (v) => `Unsupported grant type: ${v.grant_type}`,
    source: 'ours',
  },
  'client-id-missing': {
    status: guesses.missingClientIdStatus,
    error: 'invalid_client',
    description: () => 'Missing client_id',
    source: 'ours',
  },
  'credentials-differ': {
    status: 400,
    error: 'invalid_request',
    description: () => 'The client credentials in the Authorization header and in the body differ; send them once',
    source: 'ours',
  },
  'assertion-rejected': {
    status: 401,
    error: 'invalid_client',
    description: () => 'Client authentication failed',
    source: 'ours',
  },
  unauthenticated: {
    status: 401,
    error: 'access_denied',
    description: () => 'Unauthorized',
    source: 'observed',
  },
  'grant-type-not-allowed': {
    status: 403,
    error: 'unauthorized_client',
    description: () => "Grant type 'client_credentials' not allowed for the client.",
    error_uri: 'https://auth0.com/docs/clients/client-grant-types',
    source: 'observed',
  },
  'audience-missing': {
    status: 403,
    error: 'access_denied',
    description: () => 'Non-global clients are not allowed access to APIv1',
    source: 'observed',
  },
  'audience-unknown': {
    status: 403,
    error: 'access_denied',
    description: (v) => `Service not enabled within domain: ${v.audience}`,
    source: 'observed',
  },
  'client-not-authorized': {
    status: 403,
    error: 'access_denied',
    description: notAuthorized,
    source: 'ours',
  },
  'client-grant-missing': {
    status: 403,
    error: 'access_denied',
    description: (v) => `${notAuthorized(v)} You need to create a "client-grant" associated to this API.`,
    source: 'observed',
  },
  'organization-not-allowed': {
    status: 400,
    error: 'invalid_request',
    description: () => 'parameter organization is not allowed for this client',
    source: 'ours',
  },
  'organization-required': {
    status: 400,
    error: 'invalid_request',
    description: () => 'parameter organization is required for this client',
    source: 'ours',
  },
  'organization-invalid': {
    status: 400,
    error: 'invalid_request',
    description: (v) => `parameter organization is invalid: ${v.organization}`,
    source: 'ours',
  },
  'scope-outside-grant': {
    status: 403,
    error: 'access_denied',
    description: (v) => `Client has not been granted scopes: ${v.scopes.join(', ')}`,
    source: 'observed',
  },
  'denied-invalid_request': {
    status: guesses.denyStatus.invalid_request,
    error: 'invalid_request',
    description: (v) => v.reason,
    source: 'documented',
  },
  'denied-invalid_scope': {
    status: guesses.denyStatus.invalid_scope,
    error: 'invalid_scope',
    description: (v) => v.reason,
    source: 'documented',
  },
  'denied-server_error': {
    status: guesses.denyStatus.server_error,
    error: 'server_error',
    description: (v) => v.reason,
    source: 'documented',
  },
  'not-issued': {
    status: 500,
    error: 'server_error',
    description: (v) =>
      `The token could not be issued${v.message === undefined ? '' : `: ${v.message}`}. Request id: ${v.request_id}`,
    source: 'ours',
  },
  overloaded: {
    status: 503,
    error: 'temporarily_unavailable',
    description: () => 'The server is too busy to issue this token; retry after the time in Retry-After',
    source: 'ours',
  },
}

/**
 * Refuses a token request; what is sent is `refusals[reason]`, filled from `values`. The message is the `error_description`.
 * `detail` is for the log and never leaves the server.
 */
export class TokenRefusal<R extends RefusalReason = RefusalReason> extends Error {
  readonly reason: R
  readonly values: ValuesOf<R>
  readonly status: number
  readonly error: string
  readonly error_uri?: string
  readonly detail?: string

  constructor(reason: R, values: ValuesOf<R>, detail?: string) {
    const row: Refusal<ValuesOf<R>> = refusals[reason]
    super(row.description(values))
    this.name = 'TokenRefusal'
    this.reason = reason
    this.values = values
    this.status = row.status
    this.error = row.error
    if (row.error_uri !== undefined) this.error_uri = row.error_uri
    if (detail !== undefined) this.detail = detail
  }
}

/** Refuses what could not be brought to an end: the reason goes to the log, and to the client only where the operator wants that. */
export function notIssued(request_id: string, detail: string, errorDetail: boolean): TokenRefusal<'not-issued'> {
  return new TokenRefusal('not-issued', { request_id, ...(errorDetail && { message: detail }) }, detail)
}
