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
  'organization-not-granted': { readonly client_id: string; readonly organization: string }
  'scope-outside-grant': { readonly scopes: readonly string[] }
  'rate-limited': Nothing
  'client-quota-exceeded': Nothing
  'organization-quota-exceeded': Nothing
  'resource-not-one': Nothing
  'token-missing': Nothing
  'token-encrypted': Nothing
  'token-of-another-client': Nothing
  'certificate-rejected': Nothing
  'certificate-unusable': { readonly fault: string }
  'proof-missing-dpop': Nothing
  'proof-missing-mtls': Nothing
  'proof-impossible': { readonly audience: string }
  'dpop-proof-invalid': { readonly fault: string }
  'dpop-nonce-demanded': { readonly nonce: string }
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
  /** Status and code in the strict profile, where they are others: those of the RFCs. */
  readonly strict?: { readonly status: number; readonly error: string }
  /** `observed` at Auth0, `documented` by Auth0 or an RFC, or `ours` where nothing is published. */
  readonly source: 'observed' | 'documented' | 'ours'
}

/** The audience and client of Auth0's 403 sentences, worded as in 2026. */
const notAuthorized = (v: { readonly client_id: string; readonly audience: string }): string =>
  `Client "${v.client_id}" is not authorized to access resource server "${v.audience}".`

/** RFC 6749 §5.2 */
const invalidClient = { status: 401, error: 'invalid_client' } as const
const unauthorizedClient = { status: 400, error: 'unauthorized_client' } as const
const invalidScope = { status: 400, error: 'invalid_scope' } as const
/** RFC 8707 §2: a resource that is missing, unknown or not acceptable. */
const invalidTarget = { status: 400, error: 'invalid_target' } as const

/**
 * Every refusal of the token endpoint, and of the two endpoints that take an access token. Clients match on status and sentence: `access_denied` is 401 for a client that did not prove itself
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
    status: guesses.assertionRejectedStatus,
    error: 'invalid_client',
    description: () => 'Client authentication failed',
    source: 'ours',
  },
  unauthenticated: {
    status: 401,
    error: 'access_denied',
    description: () => 'Unauthorized',
    strict: invalidClient,
    source: 'observed',
  },
  'grant-type-not-allowed': {
    status: 403,
    error: 'unauthorized_client',
    description: () => "Grant type 'client_credentials' not allowed for the client.",
    error_uri: 'https://auth0.com/docs/clients/client-grant-types',
    strict: unauthorizedClient,
    source: 'observed',
  },
  'audience-missing': {
    status: 403,
    error: 'access_denied',
    description: () => 'Non-global clients are not allowed access to APIv1',
    strict: invalidTarget,
    source: 'observed',
  },
  'audience-unknown': {
    status: 403,
    error: 'access_denied',
    description: (v) => `Service not enabled within domain: ${v.audience}`,
    strict: invalidTarget,
    source: 'observed',
  },
  'client-not-authorized': {
    status: 403,
    error: 'access_denied',
    description: notAuthorized,
    strict: invalidTarget,
    source: 'ours',
  },
  'client-grant-missing': {
    status: 403,
    error: 'access_denied',
    description: (v) => `${notAuthorized(v)} You need to create a "client-grant" associated to this API.`,
    strict: invalidTarget,
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
  'organization-not-granted': {
    status: 403,
    error: 'access_denied',
    description: (v) => `Client "${v.client_id}" is not authorized to access organization "${v.organization}".`,
    strict: unauthorizedClient,
    source: 'ours',
  },
  'scope-outside-grant': {
    status: 403,
    error: 'access_denied',
    description: (v) => `Client has not been granted scopes: ${v.scopes.join(', ')}`,
    strict: invalidScope,
    source: 'observed',
  },
  'resource-not-one': {
    status: 400,
    error: 'invalid_target',
    description: () => 'Parameter resource must name one API',
    source: 'documented',
  },
  'token-missing': {
    status: 400,
    error: 'invalid_request',
    description: () => 'Missing required parameter: token',
    source: 'documented',
  },
  // RFC 7009 §2.2.1
  'token-encrypted': {
    status: 400,
    error: 'unsupported_token_type',
    description: () => 'Only its API can open an encrypted token; revoke the token inside it',
    source: 'documented',
  },
  // RFC 7009 §2.1, with the code of RFC 6749 §5.2 for what was issued to another client.
  'token-of-another-client': {
    status: 400,
    error: 'invalid_grant',
    description: () => 'The token was issued to another client',
    source: 'documented',
  },
  'certificate-rejected': {
    status: 401,
    error: 'invalid_client',
    description: () => 'Client authentication failed',
    source: 'ours',
  },
  'certificate-unusable': {
    status: 400,
    error: 'invalid_request',
    description: (v) => `The token cannot be bound to the client certificate: ${v.fault}`,
    source: 'ours',
  },
  'proof-missing-dpop': {
    status: 400,
    error: 'invalid_request',
    description: () => 'Proof of possession is required: send a DPoP proof in the header DPoP',
    source: 'ours',
  },
  'proof-missing-mtls': {
    status: 400,
    error: 'invalid_request',
    description: () => 'Proof of possession is required: present a client certificate (mTLS)',
    source: 'ours',
  },
  'proof-impossible': {
    status: 400,
    error: 'invalid_request',
    description: (v) =>
      `The client requires proof of possession, and resource server "${v.audience}" takes none: set its proof_of_possession`,
    source: 'ours',
  },
  // RFC 9449 §5
  'dpop-proof-invalid': {
    status: 400,
    error: 'invalid_dpop_proof',
    description: (v) => `Invalid DPoP proof: ${v.fault}`,
    source: 'ours',
  },
  // RFC 9449 §8
  'dpop-nonce-demanded': {
    status: 400,
    error: 'use_dpop_nonce',
    description: () => 'Authorization server requires nonce in DPoP proof',
    source: 'documented',
  },
  // RFC 6585 §4
  'rate-limited': {
    status: 429,
    error: 'too_many_requests',
    description: () => 'Global limit has been reached',
    source: 'observed',
  },
  'client-quota-exceeded': {
    status: 429,
    error: 'too_many_requests',
    description: () => 'Client quota exceeded',
    source: 'documented',
  },
  'organization-quota-exceeded': {
    status: 429,
    error: 'too_many_requests',
    description: () => guesses.organizationQuotaSentence,
    source: 'ours',
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
 * `detail` is for the log and never leaves the server; `headers` are sent beside those that every answer has.
 */
export class TokenRefusal<R extends RefusalReason = RefusalReason> extends Error {
  readonly reason: R
  readonly values: ValuesOf<R>
  readonly status: number
  readonly error: string
  readonly error_uri?: string
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>

  constructor(reason: R, values: ValuesOf<R>, detail?: string, headers?: Readonly<Record<string, string>>) {
    const row: Refusal<ValuesOf<R>> = refusals[reason]
    super(row.description(values))
    this.name = 'TokenRefusal'
    this.reason = reason
    this.values = values
    this.status = row.status
    this.error = row.error
    if (row.error_uri !== undefined) this.error_uri = row.error_uri
    if (detail !== undefined) this.detail = detail
    if (headers !== undefined) this.headers = headers
  }
}

/** Refuses what could not be brought to an end: the reason goes to the log, and to the client only where the operator wants that. */
export function notIssued(request_id: string, detail: string, errorDetail: boolean): TokenRefusal<'not-issued'> {
  return new TokenRefusal('not-issued', { request_id, ...(errorDetail && { message: detail }) }, detail)
}
