import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'

/** Every member that a client is made with and shows again as it was sent. */
const members = {
  name: 'Everything',
  description: 'has every member',
  logo_uri: 'https://example.com/logo.png',
  callbacks: [
    'https://{organization_name}.example.com/callback',
    'http://localhost:3000',
    'com.example.app://callback',
  ],
  oidc_logout: {
    backchannel_logout_urls: ['https://example.com/logout'],
    backchannel_logout_initiators: { mode: 'custom', selected_initiators: ['rp-logout', 'session-revoked'] },
    backchannel_logout_session_metadata: { include: true },
  },
  session_transfer: {
    can_create_session_transfer_token: true,
    allowed_authentication_methods: ['cookie', 'query'],
    enforce_device_binding: 'ip',
    delegation: { allow_delegated_access: true, enforce_device_binding: 'asn' },
  },
  allowed_origins: ['https://*.example.com'],
  web_origins: ['https://example.com'],
  client_aliases: ['alias'],
  allowed_clients: ['another'],
  allowed_logout_urls: ['https://example.com/bye'],
  grant_types: ['client_credentials', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_basic',
  is_token_endpoint_ip_header_trusted: true,
  app_type: 'regular_web',
  is_first_party: false,
  oidc_conformant: true,
  jwt_configuration: { lifetime_in_seconds: 300, secret_encoded: true, alg: 'RS256', scopes: { foo: 'bar' } },
  encryption_key: { pub: 'public', cert: 'certificate', subject: '/CN=example' },
  sso: true,
  cross_origin_authentication: true,
  cross_origin_loc: 'https://example.com/cross-origin',
  sso_disabled: true,
  custom_login_page_on: false,
  custom_login_page: '<html></html>',
  custom_login_page_preview: '<html></html>',
  form_template: '<form></form>',
  addons: { aws: { principal: 'p', role: 'r', lifetime_in_seconds: 900 }, samlp: { audience: 'a' }, wsfed: {} },
  client_metadata: { team: 'billing' },
  mobile: { ios: { team_id: 'TEAM', app_bundle_identifier: 'com.example' } },
  initiate_login_uri: 'https://example.com/login',
  native_social_login: { apple: { enabled: true }, google: { enabled: false } },
  fedcm_login: { google: { is_enabled: true } },
  refresh_token: {
    rotation_type: 'rotating',
    expiration_type: 'expiring',
    leeway: 15,
    token_lifetime: 3600,
    policies: [{ audience: 'https://orders.example.com/', scope: ['read:orders'] }],
  },
  default_organization: { organization_id: 'org_0123456789abcdef', flows: ['client_credentials'] },
  organization_usage: 'allow',
  organization_require_behavior: 'no_prompt',
  organization_discovery_methods: ['email'],
  require_pushed_authorization_requests: true,
  require_proof_of_possession: false,
  compliance_level: 'none',
  skip_non_verifiable_callback_uri_confirmation_prompt: true,
  token_exchange: { allow_any_profile_of_type: ['custom_authentication'] },
  par_request_expiry: 60,
  token_quota: { client_credentials: { per_hour: 10, enforce: false } },
  resource_server_identifier: 'https://orders.example.com/',
  third_party_security_mode: 'strict',
  redirection_policy: 'allow_always',
  my_organization_configuration: { allowed_strategies: ['oidc'], connection_deletion_behavior: 'allow' },
  async_approval_notification_channels: ['email'],
  signed_request_object: { required: false },
  // Accepted by Auth0 beyond its published document.
  identity_assertion_authorization_grant: { active: true },
  anonymous_sessions: { active: false },
  // Ours.
  token_lifetime: 120,
}

describe('the members of a client', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  test('are shown as they were sent, also those that nothing here acts on', async () => {
    const made = await server.manage('POST', '/clients', members)
    expect(made).toMatchObject({ status: 201, body: members })
    expect((await server.manage('GET', `/clients/${made.body.client_id}`)).body).toMatchObject(members)
  })

  test('are changed as they were made', async () => {
    const { body: made } = await server.manage('POST', '/clients', { name: 'Plain' })
    const { resource_server_identifier: _fixed, ...changes } = members
    const changed = await server.manage('PATCH', `/clients/${made.client_id}`, changes)
    expect(changed).toMatchObject({ status: 200, body: changes })
    expect((await server.manage('GET', `/clients/${made.client_id}`)).body).toMatchObject(changes)
  })

  test('are taken away by null, where Auth0 takes one', async () => {
    const { body: made } = await server.manage('POST', '/clients', members)
    const removed = [
      'addons cross_origin_loc encryption_key session_transfer token_quota mobile native_social_login fedcm_login',
      'refresh_token default_organization organization_usage organization_require_behavior compliance_level',
      'organization_discovery_methods signed_request_object oidc_backchannel_logout token_vault_privileged_access',
      'skip_non_verifiable_callback_uri_confirmation_prompt token_exchange par_request_expiry',
      'my_organization_configuration async_approval_notification_channels express_configuration',
      'client_authentication_methods identity_assertion_authorization_grant anonymous_sessions token_lifetime',
    ].flatMap((names) => names.split(' '))
    const { status, body } = await server.manage(
      'PATCH',
      `/clients/${made.client_id}`,
      Object.fromEntries(removed.map((name) => [name, null])),
    )
    expect(status).toBe(200)
    expect(Object.keys(body).filter((name) => removed.includes(name))).toEqual([])
    const { body: read } = await server.manage('GET', `/clients/${made.client_id}`)
    expect(read).toEqual(body)
  })

  test('that name keys of the token vault and of request objects bring them along', async () => {
    const given = {
      grants: [{ connection: 'con', scopes: ['a'] }],
      ip_allowlist: ['10.0.0.0/8', '2001:db8::/32', '::1'],
    }
    const { status, body } = await server.manage('POST', '/clients', {
      name: 'Vault',
      token_vault_privileged_access: { credentials: [], ...given },
    })
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { token_vault_privileged_access: { credentials: [], ...given } },
    })
  })
})
