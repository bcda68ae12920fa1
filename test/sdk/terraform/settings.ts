import { expect } from 'vitest'
import { type Step, step } from '../sequence.ts'

const tenant: readonly Step[] = [
  step('PATCH /tenants/settings', {
    body: { session_lifetime: 168, idle_session_lifetime: 72, ephemeral_session_lifetime: 72 },
  }),
  // What is taken away goes in a call of its own.
  step('PATCH /tenants/settings', {
    body: {
      default_token_quota: null,
      error_page: null,
      mtls: null,
      skip_non_verifiable_callback_uri_confirmation_prompt: null,
    },
  }),
  step('GET /tenants/settings', { answer: { session_lifetime: 168, sandbox_version: expect.any(String) } }),
  step('PATCH /tenants/settings', {
    body: {
      default_audience: '',
      default_directory: '',
      flags: {
        disable_clickjack_protection_headers: true,
        enable_public_signup_user_exists_error: true,
        use_scope_descriptions_for_consent: true,
        no_disclose_enterprise_connections: false,
        disable_management_api_sms_obfuscation: false,
        disable_fields_map_fix: false,
        mfa_show_factor_list_on_enrollment: false,
        remove_alg_from_jwks: true,
      },
      friendly_name: 'My Test Tenant',
      picture_url: 'https://mycompany.example.com/logo.png',
      support_email: 'support@mycompany.example.com',
      support_url: 'https://mycompany.example.com/support',
      allowed_logout_urls: ['https://mycompany.example.com/logoutCallback'],
      session_lifetime: 720,
      idle_session_lifetime: 72,
      sandbox_version: '22',
      enabled_locales: ['en', 'de', 'fr'],
      default_redirection_uri: 'https://example.com/login',
      session_cookie: { mode: 'non-persistent' },
      sessions: { oidc_logout_prompt_enabled: false },
      allow_organization_name_in_authentication_api: false,
      customize_mfa_in_postlogin_action: false,
      pushed_authorization_requests_supported: true,
      acr_values_supported: ['foo', 'bar'],
      mtls: { enable_endpoint_aliases: true },
    },
    answer: {
      friendly_name: 'My Test Tenant',
      flags: { disable_clickjack_protection_headers: true, remove_alg_from_jwks: true },
      enabled_locales: ['en', 'de', 'fr'],
      mtls: { enable_endpoint_aliases: true },
    },
  }),
  step('PATCH /tenants/settings', {
    body: { flags: { remove_alg_from_jwks: false }, allowed_logout_urls: [], mtls: null },
    answer: {
      friendly_name: 'My Test Tenant',
      flags: { disable_clickjack_protection_headers: true, remove_alg_from_jwks: false },
      allowed_logout_urls: [],
    },
  }),
]

const domain = 'login.example.org'
const customDomain: readonly Step[] = [
  step('POST /custom-domains', {
    body: { domain, type: 'self_managed_certs' },
    answer: { domain, type: 'self_managed_certs', verification: { methods: expect.any(Array) } },
    keep: { domain: 'custom_domain_id' },
  }),
  step('POST /custom-domains', { body: { domain, type: 'self_managed_certs' }, status: 409 }),
  step('GET /custom-domains/{domain}', { answer: { custom_domain_id: '{domain}' } }),
  step('PATCH /custom-domains/{domain}', {
    body: { custom_client_ip_header: 'true-client-ip' },
    answer: { custom_client_ip_header: 'true-client-ip' },
  }),
  step('POST /custom-domains', {
    body: {
      domain: 'managed.example.org',
      type: 'auth0_managed_certs',
      domain_metadata: { key1: 'value1', key2: 'value2' },
      relying_party_identifier: 'example.org',
    },
    answer: { type: 'auth0_managed_certs', domain_metadata: { key1: 'value1', key2: 'value2' } },
    keep: { other: 'custom_domain_id' },
  }),
  step('PATCH /custom-domains/{other}', { body: { relying_party_identifier: null } }),
  step('PATCH /custom-domains/{other}', {
    body: { tls_policy: 'recommended', domain_metadata: { key1: 'value3', key2: null } },
    answer: { domain_metadata: { key1: 'value3' } },
  }),
  step('DELETE /custom-domains/{other}'),
  step('GET /custom-domains', { answer: [{ custom_domain_id: '{domain}' }] }),
  step('DELETE /custom-domains/{domain}'),
  step('DELETE /custom-domains/{domain}'),
  step('GET /custom-domains/{domain}', {
    status: 404,
    answer: { message: 'The custom domain {domain} does not exist', errorCode: 'inexistent_custom_domain' },
  }),
]

const sink = {
  httpContentFormat: 'JSONLINES',
  httpContentType: 'application/json',
  httpEndpoint: 'https://example.com/webhook/logs',
  httpAuthorization: 'AKIAXXXXXXXXXXXXXXXX',
}
const logStream: readonly Step[] = [
  step('POST /log-streams', {
    status: 200,
    body: { name: 'Webhook', type: 'http', sink },
    answer: { name: 'Webhook', type: 'http', status: 'active', sink: { httpEndpoint: sink.httpEndpoint } },
    keep: { stream: 'id' },
  }),
  step('PATCH /log-streams/{stream}', { body: { status: 'paused' }, answer: { status: 'paused' } }),
  step('GET /log-streams/{stream}', { answer: { status: 'paused' } }),
  step('PATCH /log-streams/{stream}', {
    body: { name: 'Webhook', isPriority: false, sink: { ...sink, httpContentFormat: 'JSONARRAY' } },
    answer: { status: 'paused', sink: { httpContentFormat: 'JSONARRAY' } },
  }),
  step('PATCH /log-streams/{stream}', {
    body: { name: 'Webhook', sink: { ...sink, httpCustomHeaders: [{ header: 'foo', value: 'bar' }] } },
    answer: { sink: { httpCustomHeaders: [{ header: 'foo' }] } },
  }),
  step('PATCH /log-streams/{stream}', { body: { name: 'Webhook', sink: { ...sink, httpCustomHeaders: [] } } }),
  step('DELETE /log-streams/{stream}'),
  step('DELETE /log-streams/{stream}'),
  step('GET /log-streams/{stream}', { status: 404, answer: { message: 'The log stream does not exist.' } }),
]

const signingKeys: readonly Step[] = [
  step('GET /keys/signing', {
    exactly: expect.arrayContaining([
      expect.objectContaining({ current: true, kid: expect.any(String), thumbprint: expect.any(String) }),
    ]),
  }),
]

/** What terraform-provider-auth0 sends for what is left. */
export const settingsSequences: Readonly<Record<string, readonly Step[]>> = {
  auth0_tenant: tenant,
  auth0_custom_domain: customDomain,
  auth0_log_stream: logStream,
  'data auth0_signing_keys': signingKeys,
}
