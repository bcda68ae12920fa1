import { guesses } from '../domain/index.ts'
import type { ManagementRefusalRow } from './refusals.ts'

type Nothing = Readonly<Record<never, never>>

/** What each refusal about clients is filled from. */
export interface ClientRefusalValues {
  'client-query-unknown': { readonly q: string }
  'client-id-given': Nothing
  'client-public-grant': Nothing
  'client-device-grant': Nothing
  'client-ip-header': Nothing
  'client-unenforceable': { readonly fault: string }
  'client-global-fixed': Nothing
}

/** Every refusal about clients: rows of the one table of this API. */
export const clientRefusals: {
  readonly [R in keyof ClientRefusalValues]: ManagementRefusalRow<ClientRefusalValues[R]>
} = {
  'client-query-unknown': {
    status: 400,
    errorCode: 'invalid_query_string',
    message: (v) =>
      `The query ${JSON.stringify(v.q)} is none that is known; ask for client_grant.organization_id:ID or client_grant.allow_any_organization:true`,
    source: 'ours',
  },
  'client-id-given': {
    status: 403,
    message: () => 'This operation must be authorized by Auth0',
    source: 'observed',
  },
  'client-public-grant': {
    status: 400,
    errorCode: guesses.clientRuleErrorCode,
    message: () =>
      'Application must not have Token Endpoint Authentication Method set to "none" when client_credentials grant type is enabled',
    source: 'observed',
  },
  'client-device-grant': {
    status: 400,
    errorCode: guesses.clientRuleErrorCode,
    message: () =>
      'Application must have Token Endpoint Authentication Method set to "none" when urn:ietf:params:oauth:grant-type:device_code is enabled',
    source: 'observed',
  },
  'client-ip-header': {
    status: 400,
    errorCode: guesses.clientRuleErrorCode,
    message: () =>
      "The flag is_token_endpoint_ip_header_trusted can only be set true on clients that require authentication (i.e. token_endpoint_auth_method is set to 'client_secret_post' or 'client_secret_basic')",
    source: 'observed',
  },
  'client-unenforceable': {
    status: 400,
    errorCode: guesses.clientRuleErrorCode,
    message: (v) => v.fault,
    source: 'ours',
  },
  'client-global-fixed': {
    status: 400,
    errorCode: guesses.clientRuleErrorCode,
    message: () =>
      'The global client keeps its name and asks for no tokens: what concerns them is not its to have; make a client of your own',
    source: 'ours',
  },
}
