import type { DeploymentRefusal, DeploymentRefusalReason } from '../deployment/index.ts'
import { guesses, limits } from '../domain/index.ts'
import { type ActionRefusalValues, actionRefusals } from './action-refusals.ts'
import { type ClientRefusalValues, clientRefusals } from './client-refusals.ts'
import { type CustomDomainRefusalValues, customDomainRefusals } from './custom-domain-refusals.ts'
import { type LogRefusalValues, logRefusals } from './log-refusals.ts'

type Nothing = Readonly<Record<never, never>>

/** What each refusal is filled from. */
interface RefusalValues extends ActionRefusalValues, ClientRefusalValues, CustomDomainRefusalValues, LogRefusalValues {
  'authentication-missing': Nothing
  'authentication-malformed': Nothing
  'token-invalid': Nothing
  'token-expired': Nothing
  'token-signature': Nothing
  'token-audience': { readonly audience: string }
  'scope-insufficient': { readonly scopes: readonly string[]; readonly all?: boolean }
  'fields-unreadable': { readonly fields: readonly string[] }
  'query-invalid': { readonly violations: readonly string[] }
  'body-invalid': { readonly violations: readonly string[] }
  'body-unreadable': { readonly fault: string }
  'body-too-large': { readonly limit: number }
  'paging-beyond': { readonly limit: number }
  'paging-lost': { readonly from: string }
  'rate-limited': Nothing
  'path-unreadable': Nothing
  'signing-key-unknown': Nothing
  'grant-unknown': Nothing
  'grant-exists': { readonly holder: string; readonly audience: string }
  'grant-audience-unknown': { readonly audience: string }
  'grant-client-unknown': Nothing
  'grant-client-type': { readonly app_type: string }
  'grant-third-party': Nothing
  'grant-all-scopes-of-system': Nothing
  'grant-holder-unclear': Nothing
  'grant-scopes-unclear': Nothing
  'resource-server-unknown': Nothing
  'resource-server-exists': Nothing
  'resource-server-reserved': Nothing
  'resource-server-system': Nothing
  'organization-unknown': Nothing
  'organization-id-unknown': Nothing
  'organization-exists': Nothing
  'organization-grant-exists': Nothing
  'organization-grants-full': Nothing
  'connections-absent': { readonly connection_id: string }
  'discovery-domains-absent': { readonly domain: string }
  broken: { readonly request_id: string }
}

/** Why the Management API refused a call of its own accord. What `deployment` refuses has reasons of its own. */
export type ManagementRefusalReason = keyof RefusalValues

/** One row of the table: status, `errorCode` where Auth0 sends one, the sentence, and where they are from. */
export interface ManagementRefusalRow<V> {
  readonly status: 400 | 401 | 403 | 404 | 409 | 412 | 413 | 429 | 500
  readonly errorCode?: string
  readonly message: (values: V) => string
  /** `observed` at Auth0, `documented` by it, or `ours` where nothing is published. */
  readonly source: 'observed' | 'documented' | 'ours'
}

/** Every refusal of the Management API that is not one of `deployment`. Clients match on the sentences that are Auth0's. */
export const managementRefusals: {
  readonly [R in ManagementRefusalReason]: ManagementRefusalRow<RefusalValues[R]>
} = {
  'authentication-missing': { status: 401, message: () => 'Missing authentication', source: 'observed' },
  'authentication-malformed': {
    status: 400,
    errorCode: 'invalid_token_format',
    message: () => 'Bad HTTP authentication header format',
    source: 'observed',
  },
  'token-invalid': { status: 401, message: () => 'Invalid token', source: 'observed' },
  'token-expired': {
    status: 401,
    message: () => 'Expired token received for JSON Web Token validation',
    source: 'observed',
  },
  'token-signature': {
    status: 401,
    message: () => 'Invalid signature received for JSON Web Token validation',
    source: 'observed',
  },
  'token-audience': { status: 401, message: (v) => `Bad audience: ${v.audience}`, source: 'observed' },
  'scope-insufficient': {
    status: 403,
    errorCode: 'insufficient_scope',
    message: (v) =>
      v.all === true
        ? `Insufficient scope, expected ${v.scopes.join(' and ')}`
        : `Insufficient scope, expected any of: ${v.scopes.join(',')}`,
    source: 'observed',
  },
  'fields-unreadable': {
    status: 403,
    errorCode: 'insufficient_scope',
    message: (v) => `You cannot read the following fields: ${v.fields.join(', ')}`,
    source: 'observed',
  },
  'query-invalid': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `Query validation error: ${v.violations.join(' (also) ')}.`,
    source: 'observed',
  },
  'body-invalid': {
    status: 400,
    errorCode: 'invalid_body',
    message: (v) => `Payload validation error: ${v.violations.join(' (also) ')}.`,
    source: 'observed',
  },
  'body-unreadable': {
    status: 400,
    errorCode: 'invalid_body',
    message: (v) => `The request body cannot be read: ${v.fault}; send one JSON object`,
    source: 'ours',
  },
  'body-too-large': {
    status: 413,
    message: (v) => `The request body is larger than ${v.limit} bytes; send less at once`,
    source: 'ours',
  },
  'paging-beyond': {
    status: 400,
    errorCode: 'invalid_paging',
    message: (v) => `Pages reach ${v.limit} records; read on with from and take`,
    source: 'documented',
  },
  'paging-lost': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) => `The value ${JSON.stringify(v.from)} of from is none that a page gave as next; begin without it`,
    source: 'ours',
  },
  'rate-limited': {
    status: 429,
    errorCode: 'too_many_requests',
    message: () => 'Global limit has been reached',
    source: 'documented',
  },
  'path-unreadable': {
    status: 400,
    errorCode: 'invalid_uri',
    message: () => 'The path cannot be decoded; encode each part of it',
    source: 'ours',
  },
  ...actionRefusals,
  ...customDomainRefusals,
  'signing-key-unknown': {
    status: 404,
    errorCode: guesses.signingKeyUnknownCode,
    message: () => 'Signing key not found.',
    source: 'documented',
  },
  'grant-unknown': {
    status: 404,
    errorCode: 'inexistent_client_grant',
    message: () => 'The grant does not exist.',
    source: 'observed',
  },
  'grant-exists': {
    status: 409,
    message: (v) => `A client grant already exists between ${v.holder} and ${v.audience}`,
    source: 'observed',
  },
  'grant-audience-unknown': {
    status: 404,
    message: (v) => `No resource with identifier ${v.audience}`,
    source: 'observed',
  },
  'grant-client-unknown': { status: 404, message: () => 'Client not found', source: 'observed' },
  'grant-client-type': {
    status: 400,
    errorCode: 'validation_error',
    message: (v) => `Client of type ${v.app_type} cannot be used`,
    source: 'observed',
  },
  'grant-third-party': {
    status: 400,
    message: () => 'Client grants for this API cannot be created for third-party clients.',
    source: 'documented',
  },
  'grant-all-scopes-of-system': {
    status: 400,
    message: () => '`allow_all_scopes` cannot be provided when `audience` is a system API',
    source: 'observed',
  },
  'grant-holder-unclear': {
    status: 400,
    errorCode: 'invalid_body',
    message: () => 'A client grant has either `client_id` or `default_for`; give one of them',
    source: 'ours',
  },
  'grant-scopes-unclear': {
    status: 400,
    errorCode: 'invalid_body',
    message: () => '`scope` names scopes while `allow_all_scopes` is true; give one of them',
    source: 'ours',
  },
  'resource-server-unknown': {
    status: 404,
    errorCode: 'inexistent_resource_server',
    message: () => 'The resource server does not exist',
    source: 'observed',
  },
  'resource-server-exists': {
    status: 409,
    message: () => 'A resource server with the same identifier already exists.',
    source: 'documented',
  },
  'resource-server-reserved': {
    status: 400,
    message: () => 'The selected identifier is reserved.',
    source: 'documented',
  },
  'resource-server-system': {
    status: 400,
    message: () => 'System resource servers cannot be deleted.',
    source: 'documented',
  },
  'organization-unknown': {
    status: 404,
    message: () => 'No organization found by that id or name',
    source: 'observed',
  },
  'organization-id-unknown': { status: 404, message: () => 'No organization found by that id', source: 'documented' },
  'organization-exists': {
    status: 409,
    errorCode: 'organization_conflict',
    message: () => 'An organization with this name already exists.',
    source: 'documented',
  },
  'organization-grant-exists': {
    status: 409,
    message: () => 'The client grant has already been added to this organization.',
    source: 'documented',
  },
  'organization-grants-full': {
    status: 409,
    message: () =>
      `Quota exceeded; cannot add more than ${limits.organizationClientGrants} client grants to a single organization`,
    source: 'documented',
  },
  'connections-absent': {
    status: 400,
    message: (v) =>
      `The connection ${JSON.stringify(v.connection_id)} does not exist: this server logs nobody in and has no connections; leave it out`,
    source: 'ours',
  },
  'discovery-domains-absent': {
    status: 400,
    message: (v) =>
      `The domain ${JSON.stringify(v.domain)} cannot be kept: this server logs nobody in and finds no organization by a domain; leave it out`,
    source: 'ours',
  },
  ...clientRefusals,
  ...logRefusals,
  broken: {
    status: 500,
    errorCode: 'internal_error',
    message: (v) => `The request could not be answered. Request id: ${v.request_id}`,
    source: 'ours',
  },
}

/**
 * Refuses a call: nothing was stored. What is sent is `managementRefusals[reason]`, filled from `values`; what is logged too, or from
 * `loggedValues` where `values` repeat what was sent.
 */
export class ManagementRefusal<R extends ManagementRefusalReason = ManagementRefusalReason> extends Error {
  readonly reason: R
  readonly values: RefusalValues[R]
  readonly status: number
  readonly errorCode?: string
  readonly loggedAs?: string

  constructor(reason: R, values: RefusalValues[R], loggedValues?: RefusalValues[R]) {
    const row: ManagementRefusalRow<RefusalValues[R]> = managementRefusals[reason]
    super(row.message(values))
    this.name = 'ManagementRefusal'
    this.reason = reason
    this.values = values
    this.status = row.status
    if (row.errorCode !== undefined) this.errorCode = row.errorCode
    if (loggedValues !== undefined) this.loggedAs = row.message(loggedValues)
  }
}

/** How the classic resources word what `deployment` refuses, where Auth0's words for it are known. */
const classicWords: {
  readonly [R in DeploymentRefusalReason]?: { readonly errorCode: string; readonly message?: string }
} = {
  'client-unknown': { errorCode: 'inexistent_client', message: 'The client does not exist' },
}

/** What a refusal of `deployment` is sent as: its own sentence and status, with an `errorCode` where Auth0 has one. */
export function deploymentAnswer(refusal: DeploymentRefusal): {
  readonly status: number
  readonly message: string
  readonly errorCode?: string
} {
  const words = classicWords[refusal.reason]
  return {
    status: refusal.status,
    message: words?.message ?? refusal.message,
    ...(words !== undefined && { errorCode: words.errorCode }),
  }
}
