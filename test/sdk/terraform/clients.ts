import { type Step, step } from '../sequence.ts'

const client: readonly Step[] = [
  step('POST /clients', {
    body: { name: 'Configured' },
    answer: {
      name: 'Configured',
      is_first_party: true,
      oidc_conformant: false,
      sso_disabled: false,
      custom_login_page_on: true,
      grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
      jwt_configuration: { secret_encoded: false, lifetime_in_seconds: 36_000 },
      refresh_token: { rotation_type: 'non-rotating', expiration_type: 'non-expiring', leeway: 0 },
    },
    keep: { client: 'client_id' },
  }),
  step('GET /clients/{client}', { answer: { client_id: '{client}' } }),
  step('PATCH /clients/{client}', {
    body: {
      name: 'Configured',
      description: 'A long description',
      app_type: 'non_interactive',
      logo_uri: 'https://example.com/logo.png',
      is_first_party: true,
      oidc_conformant: true,
      callbacks: ['https://example.com/callback'],
      allowed_origins: ['https://example.com'],
      web_origins: ['https://example.com'],
      client_aliases: ['https://example.com/audience'],
      allowed_clients: ['https://allowed.example.com'],
      allowed_logout_urls: ['https://example.com'],
      sso: false,
      sso_disabled: false,
      grant_types: ['client_credentials', 'refresh_token'],
      cross_origin_loc: 'https://example.com/cross-origin',
      custom_login_page_on: true,
      client_metadata: { foo: 'zoo', other: 'kept' },
      initiate_login_uri: 'https://example.com/login',
      organization_usage: 'deny',
      organization_require_behavior: 'no_prompt',
      require_pushed_authorization_requests: false,
      jwt_configuration: { lifetime_in_seconds: 300, secret_encoded: true, alg: 'RS256', scopes: { foo: 'bar' } },
      token_quota: { client_credentials: { enforce: true, per_hour: 10, per_day: 100 } },
    },
    answer: {
      client_metadata: { foo: 'zoo' },
      jwt_configuration: { lifetime_in_seconds: 300, alg: 'RS256' },
      token_quota: { client_credentials: { per_hour: 10 } },
    },
  }),
  step('PATCH /clients/{client}', {
    body: {
      mobile: { android: { app_package_name: 'com.example' }, ios: { team_id: '9JA89QQLNQ' } },
      native_social_login: { apple: { enabled: true }, facebook: { enabled: false } },
      signed_request_object: { required: false },
    },
  }),
  // What is named of these objects takes the place of what was there; the rest stays.
  step('PATCH /clients/{client}', {
    body: {
      mobile: { android: { app_package_name: 'com.example.other' } },
      native_social_login: { facebook: { enabled: true } },
      jwt_configuration: { lifetime_in_seconds: 600 },
    },
    answer: {
      mobile: { android: { app_package_name: 'com.example.other' }, ios: { team_id: '9JA89QQLNQ' } },
      native_social_login: { apple: { enabled: true }, facebook: { enabled: true } },
      jwt_configuration: { lifetime_in_seconds: 600, alg: 'RS256' },
    },
  }),
  // What is taken away goes first, in a call of its own.
  step('PATCH /clients/{client}', {
    body: { addons: null, encryption_key: null, session_transfer: null, token_quota: null, mobile: null },
  }),
  step('PATCH /clients/{client}', {
    body: {
      name: 'Configured',
      description: '',
      callbacks: [],
      allowed_origins: [],
      web_origins: [],
      client_aliases: [],
      allowed_clients: [],
      allowed_logout_urls: [],
      client_metadata: { foo: null },
      initiate_login_uri: '',
      custom_login_page: '',
      form_template: '',
    },
    answer: { description: '', callbacks: [], client_metadata: { other: 'kept' }, initiate_login_uri: '' },
  }),
  step('DELETE /clients/{client}'),
  step('DELETE /clients/{client}'),
  step('GET /clients/{client}', { status: 404, answer: { message: 'The client does not exist' } }),
]

const machineClient: Step = step('POST /clients', {
  body: {
    name: 'Credentials',
    app_type: 'non_interactive',
    jwt_configuration: { alg: 'RS256' },
    token_endpoint_auth_method: 'client_secret_post',
  },
  answer: { token_endpoint_auth_method: 'client_secret_post', jwt_configuration: { alg: 'RS256' } },
  keep: { client: 'client_id' },
})

const clientSecret: readonly Step[] = [
  machineClient,
  step('GET /clients/{client}?fields=client_id&include_fields=true', { exactly: { client_id: '{client}' } }),
  step('PATCH /clients/{client}', { body: { token_endpoint_auth_method: 'client_secret_basic' } }),
  step('PATCH /clients/{client}', {
    body: { client_secret: 'chosen-by-the-caller-LUFqPx+sRLjbL7peYRPFmFu-bbvE7u7og4YUNe_C345=' },
    answer: { client_secret: 'chosen-by-the-caller-LUFqPx+sRLjbL7peYRPFmFu-bbvE7u7og4YUNe_C345=' },
  }),
  step('GET /clients/{client}/credentials?include_totals=true&per_page=50', { exactly: [] }),
  step('PATCH /clients/{client}', { body: { token_endpoint_auth_method: 'client_secret_post' } }),
  step('DELETE /clients/{client}'),
]

const credential = (keep: string, pem: string): Step =>
  step('POST /clients/{client}/credentials', {
    body: { name: `Key ${keep}`, credential_type: 'public_key', pem, alg: 'RS256', parse_expiry_from_cert: false },
    answer: { name: `Key ${keep}`, credential_type: 'public_key', alg: 'RS256' },
    keep: { [keep]: 'id' },
  })
const methods = (...ids: readonly string[]): Step =>
  step('PATCH /clients/{client}', {
    body: {
      client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } },
      token_endpoint_auth_method: null,
    },
    answer: { client_authentication_methods: { private_key_jwt: { credentials: ids.map((id) => ({ id })) } } },
  })
const readType = step('GET /clients/{client}?fields=client_id%2Capp_type&include_fields=true', {
  exactly: { client_id: '{client}', app_type: 'non_interactive' },
})

/** Both keys are rotated, one at a time. */
const privateKey: readonly Step[] = [
  machineClient,
  step('GET /clients/{client}?fields=client_id&include_fields=true', { exactly: { client_id: '{client}' } }),
  credential('first', '{firstPem}'),
  credential('second', '{secondPem}'),
  readType,
  methods('{first}', '{second}'),
  step('GET /clients/{client}/credentials/{first}', { answer: { id: '{first}' } }),
  step('GET /clients/{client}/credentials?include_totals=true&per_page=50', {
    answer: [{ id: '{first}' }, { id: '{second}' }],
  }),
  readType,
  step('DELETE /clients/{client}/credentials/{first}', { status: 400 }),
  methods('{second}'),
  step('DELETE /clients/{client}/credentials/{first}'),
  step('DELETE /clients/{client}/credentials/{first}'),
  step('GET /clients/{client}/credentials/{first}', { status: 404 }),
  step('PATCH /clients/{client}/credentials/{second}', {
    body: { expires_at: '2040-05-13T09:33:13.000Z' },
    answer: { expires_at: '2040-05-13T09:33:13.000Z' },
  }),
  readType,
  step('PATCH /clients/{client}', {
    body: {
      client_authentication_methods: null,
      signed_request_object: null,
      token_endpoint_auth_method: 'client_secret_post',
    },
    answer: { token_endpoint_auth_method: 'client_secret_post' },
  }),
  step('DELETE /clients/{client}/credentials/{second}'),
  step('DELETE /clients/{client}'),
]

const found: readonly Step[] = [
  step('POST /clients', { body: { name: 'Found by its name' }, keep: { client: 'client_id' } }),
  step('GET /clients?include_totals=true&page=0&per_page=100', { answer: { start: 0, limit: 100 } }),
  step('GET /clients?include_totals=true&page=1&per_page=100', { answer: { start: 100, limit: 100, clients: [] } }),
  step('GET /clients?include_totals=true&is_global=true&page=0&per_page=1', {
    answer: { clients: [{ global: true }] },
  }),
  step('DELETE /clients/{client}'),
]

/** What terraform-provider-auth0 sends for clients. `{firstPem}` and `{secondPem}` are public keys. */
export const clientSequences: Readonly<Record<string, readonly Step[]>> = {
  auth0_client: client,
  'auth0_client_credentials with a secret': clientSecret,
  'auth0_client_credentials with keys': privateKey,
  'data auth0_client by name': found,
}
