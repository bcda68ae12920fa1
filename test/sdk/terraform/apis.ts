import { type Step, step } from '../sequence.ts'

const identifier = 'https://uat.example.com/things'
const escaped = 'https:%2F%2Fuat.example.com%2Fthings'

const api: readonly Step[] = [
  step('POST /resource-servers', {
    body: { name: 'Things', identifier },
    answer: {
      allow_offline_access: false,
      skip_consent_for_verifiable_first_party_clients: false,
      subject_type_authorization: { client: { policy: 'require_client_grant' }, user: { policy: 'allow_all' } },
      token_lifetime: 86_400,
      token_lifetime_for_web: 7_200,
      signing_alg: 'RS256',
    },
    keep: { api: 'id' },
  }),
  step('GET /resource-servers/{api}', { answer: { identifier } }),
  step('PATCH /resource-servers/{api}', {
    body: {
      name: 'Things',
      signing_alg: 'RS256',
      allow_offline_access: true,
      token_lifetime: 7_200,
      token_lifetime_for_web: 3_600,
      skip_consent_for_verifiable_first_party_clients: true,
      enforce_policies: true,
      token_dialect: 'access_token_authz',
    },
    answer: { token_lifetime: 7_200, token_lifetime_for_web: 3_600, token_dialect: 'access_token_authz' },
  }),
  // Each of them goes in a call of its own.
  step('PATCH /resource-servers/{api}', { body: { token_encryption: null } }),
  step('PATCH /resource-servers/{api}', { body: { authorization_details: null } }),
  step('PATCH /resource-servers/{api}', { body: { proof_of_possession: null } }),
  step('DELETE /resource-servers/{api}'),
  step('GET /resource-servers/{api}', { status: 404, answer: { message: 'The resource server does not exist' } }),
]

const read = { value: 'read:posts', description: 'Can read posts' }
const create = { value: 'create:posts', description: 'Can create posts' }

const scopes: readonly Step[] = [
  step('POST /resource-servers', { body: { name: 'Things', identifier }, keep: { api: 'id' } }),
  step(`GET /resource-servers/${escaped}`, { answer: { id: '{api}' } }),
  step(`PATCH /resource-servers/${escaped}`, { body: { scopes: [read] }, answer: { scopes: [read] } }),
  step(`PATCH /resource-servers/${escaped}`, { body: { scopes: [create, read] }, answer: { scopes: [create, read] } }),
  step('GET /resource-servers/{api}', { answer: { scopes: [create, read] } }),
  step(`PATCH /resource-servers/${escaped}`, { body: { scopes: [] }, answer: { scopes: [] } }),
  step('GET /resource-servers?identifiers=https%3A%2F%2Fuat.example.com%2Fthings&include_totals=true&per_page=50', {
    answer: { total: 1, resource_servers: [{ id: '{api}' }] },
  }),
  step('DELETE /resource-servers/{api}'),
]

const query = 'audience=https%3A%2F%2Fuat.example.com%2Fthings&client_id={client}&include_totals=true&per_page=50'

const grant: readonly Step[] = [
  step('POST /resource-servers', {
    body: {
      name: 'Granted',
      identifier,
      authorization_details: [{ type: 'payment' }, { type: 'shipping' }],
      subject_type_authorization: { user: { policy: 'allow_all' }, client: { policy: 'require_client_grant' } },
    },
    keep: { api: 'id' },
  }),
  step('POST /clients', {
    body: { name: 'Granted', is_first_party: true, custom_login_page_on: true },
    keep: { client: 'client_id' },
  }),
  step(`PATCH /resource-servers/${escaped}`, { body: { scopes: [create, read] } }),
  step(`GET /client-grants?${query}`, { exactly: { start: 0, limit: 50, total: 0, client_grants: [] } }),
  step('POST /client-grants', {
    body: {
      client_id: '{client}',
      audience: identifier,
      scope: ['create:posts'],
      subject_type: 'user',
      authorization_details_types: ['payment', 'shipping'],
    },
    answer: { subject_type: 'user', scope: ['create:posts'], authorization_details_types: ['payment', 'shipping'] },
    keep: { grant: 'id' },
  }),
  step('GET /client-grants/{grant}', { answer: { id: '{grant}', client_id: '{client}' } }),
  // One of another subject type stands beside it.
  step(`GET /client-grants?${query}`, { answer: { total: 1, client_grants: [{ subject_type: 'user' }] } }),
  step('POST /client-grants', {
    body: { client_id: '{client}', audience: identifier, scope: [] },
    answer: { subject_type: 'client', scope: [] },
    keep: { other: 'id' },
  }),
  step('PATCH /client-grants/{grant}', {
    body: { scope: ['read:posts'], authorization_details_types: ['payment'] },
    answer: { scope: ['read:posts'], authorization_details_types: ['payment'] },
  }),
  step('GET /client-grants?client_id={client}&include_totals=true&per_page=50&take=100', {
    answer: { client_grants: [{ id: '{grant}' }, { id: '{other}' }] },
  }),
  step('DELETE /client-grants/{grant}'),
  step('DELETE /client-grants/{grant}'),
  step('GET /client-grants/{grant}', { status: 404, answer: { message: 'The grant does not exist.' } }),
  step(`PATCH /resource-servers/${escaped}`, { body: { scopes: [] } }),
  step('DELETE /clients/{client}'),
  step('DELETE /resource-servers/{api}'),
  step('GET /client-grants/{other}', { status: 404 }),
]

const organization: readonly Step[] = [
  step('POST /organizations', {
    body: { name: 'test-org', display_name: 'Test organization' },
    answer: { name: 'test-org', third_party_client_access: 'block', is_app_entitlement_active: false },
    keep: { organization: 'id' },
  }),
  step('GET /organizations/{organization}', { answer: { display_name: 'Test organization' } }),
  step('PATCH /organizations/{organization}', {
    body: {
      display_name: 'Tested',
      branding: {
        logo_url: 'https://acme.example.com/logo.svg',
        colors: { primary: '#e3e2f0', page_background: '#e3e2ff' },
      },
      metadata: { some_key: 'some_value' },
      token_quota: { client_credentials: { enforce: true, per_hour: 10, per_day: 100 } },
    },
    answer: { metadata: { some_key: 'some_value' }, branding: { colors: { primary: '#e3e2f0' } } },
  }),
  step('POST /resource-servers', { body: { name: 'Example API', identifier }, keep: { api: 'id' } }),
  step('POST /clients', {
    body: {
      name: 'of the organization',
      organization_usage: 'allow',
      default_organization: { flows: ['client_credentials'], organization_id: '{organization}' },
    },
    answer: { default_organization: { flows: ['client_credentials'], organization_id: '{organization}' } },
    keep: { client: 'client_id' },
  }),
  step('POST /client-grants', {
    body: {
      client_id: '{client}',
      audience: identifier,
      scope: [],
      allow_any_organization: true,
      organization_usage: 'allow',
    },
    answer: { allow_any_organization: true, organization_usage: 'allow' },
    keep: { grant: 'id' },
  }),
  step('POST /organizations/{organization}/client-grants', {
    body: { grant_id: '{grant}' },
    answer: { grant_id: '{grant}', client_id: '{client}', audience: identifier },
  }),
  step('GET /organizations/{organization}/client-grants?include_totals=true&per_page=50', {
    answer: { start: 0, limit: 50, total: 1, client_grants: [{ id: '{grant}', client_id: '{client}' }] },
  }),
  step('GET /organizations/name/test-org', { answer: { id: '{organization}' } }),
  step('GET /organizations/{organization}/connections?include_totals=true&is_enabled=true&page=0&per_page=50', {
    answer: { total: 0, start: 0, limit: 50 },
  }),
  step(
    'GET /organizations/{organization}/members?fields=user_id&include_fields=true&include_totals=true&per_page=50&take=100',
    { exactly: { members: [] } },
  ),
  step('GET /organizations/{organization}/clients?take=50', {}),
  step('GET /organizations/{organization}/discovery-domains?take=50', {}),
  step('DELETE /organizations/{organization}/client-grants/{grant}'),
  step('DELETE /client-grants/{grant}'),
  step('DELETE /clients/{client}'),
  step('DELETE /resource-servers/{api}'),
  step('DELETE /organizations/{organization}'),
  step('GET /organizations/{organization}', { status: 404 }),
]

/** What terraform-provider-auth0 sends for APIs, client grants and organizations. */
export const apiSequences: Readonly<Record<string, readonly Step[]>> = {
  auth0_resource_server: api,
  'auth0_resource_server_scopes, auth0_resource_server_scope': scopes,
  'auth0_client_grant, data auth0_client_grants': grant,
  'auth0_organization, auth0_organization_client_grant, data auth0_organization': organization,
}
