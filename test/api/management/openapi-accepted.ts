/** A difference to Auth0's document that is meant, or known: of which operation, what, and why. */
export interface Accepted {
  readonly of: string
  readonly what: string
  readonly because: string
}

const connectionMembers = [
  'authentication',
  'connected_accounts',
  'cross_app_access_requesting_app',
  'display_name',
  'id',
  'is_domain_connection',
  'metadata',
  'name',
  'options',
  'realms',
  'show_as_button',
  'strategy',
]

const withCustomDomain = [
  'POST /custom-domains',
  'GET /custom-domains/default',
  'PATCH /custom-domains/default',
  'GET /custom-domains/{}',
  'PATCH /custom-domains/{}',
  'POST /custom-domains/{}/verify',
]

/** Every difference that is there. One that goes has to go from here too. */
export const accepted: readonly Accepted[] = [
  ...['POST /actions/actions/{}/deploy', 'POST /actions/actions/{}/versions/{}/deploy'].map((of) => ({
    of,
    what: 'status 202 is 200',
    because: 'Auth0 answers 200',
  })),
  { of: 'PATCH /clients/{}/credentials/{}', what: 'status 201 is 200', because: 'Auth0 answers 200' },
  { of: 'PATCH /resource-servers/{}', what: 'status 201 is 200', because: 'Auth0 answers 200' },
  {
    of: 'POST /organizations',
    what: 'scope create:organization_connections',
    because: 'there are no connections to enable',
  },
  { of: 'POST /organizations/{}/client-grants', what: 'answer id', because: 'Auth0 answers it as grant_id' },
  ...connectionMembers.map((name) => ({
    of: 'GET /clients/{}/connections',
    what: `answer connections.${name}`,
    because: 'there are no connections: the list is empty',
  })),
  ...withCustomDomain.map((of) => ({ of, what: 'answer certificate', because: 'the operator has the certificates' })),
  { of: 'GET /custom-domains', what: 'answer certificate', because: 'the operator has the certificates' },
  {
    of: 'GET /custom-domains',
    what: 'answer custom_domains.certificate',
    because: 'the operator has the certificates',
  },
  { of: 'POST /custom-domains/{}/verify', what: 'answer cname_api_key', because: 'there is no proxy to be known to' },
]
