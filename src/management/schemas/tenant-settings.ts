import Type from 'typebox'
import { byName } from './by-name.ts'
import { nullable } from './nullable.ts'
import { TokenQuotaClientCredentials } from './token-quota.ts'

const TokenQuotaConfiguration = Type.Object({ client_credentials: TokenQuotaClientCredentials })

const TenantSettingsFlags = Type.Object(
  {
    change_pwd_flow_v1: Type.Optional(Type.Boolean()),
    enable_apis_section: Type.Optional(Type.Boolean()),
    disable_impersonation: Type.Optional(Type.Boolean()),
    enable_client_connections: Type.Optional(Type.Boolean()),
    enable_pipeline2: Type.Optional(Type.Boolean()),
    allow_legacy_delegation_grant_types: Type.Optional(Type.Boolean()),
    allow_legacy_ro_grant_types: Type.Optional(Type.Boolean()),
    allow_legacy_tokeninfo_endpoint: Type.Optional(Type.Boolean()),
    enable_legacy_profile: Type.Optional(Type.Boolean()),
    enable_idtoken_api2: Type.Optional(Type.Boolean()),
    enable_public_signup_user_exists_error: Type.Optional(Type.Boolean()),
    enable_sso: Type.Optional(Type.Boolean()),
    allow_changing_enable_sso: Type.Optional(Type.Boolean()),
    disable_clickjack_protection_headers: Type.Optional(Type.Boolean()),
    no_disclose_enterprise_connections: Type.Optional(Type.Boolean()),
    enforce_client_authentication_on_passwordless_start: Type.Optional(Type.Boolean()),
    enable_adfs_waad_email_verification: Type.Optional(Type.Boolean()),
    revoke_refresh_token_grant: Type.Optional(Type.Boolean()),
    dashboard_log_streams_next: Type.Optional(Type.Boolean()),
    dashboard_insights_view: Type.Optional(Type.Boolean()),
    disable_fields_map_fix: Type.Optional(Type.Boolean()),
    mfa_show_factor_list_on_enrollment: Type.Optional(Type.Boolean()),
    remove_alg_from_jwks: Type.Optional(Type.Boolean()),
    improved_signup_bot_detection_in_classic: Type.Optional(Type.Boolean()),
    genai_trial: Type.Optional(Type.Boolean()),
    enable_dynamic_client_registration: Type.Optional(Type.Boolean()),
    disable_management_api_sms_obfuscation: Type.Optional(Type.Boolean()),
    trust_azure_adfs_email_verified_connection_property: Type.Optional(Type.Boolean()),
    custom_domains_provisioning: Type.Optional(Type.Boolean()),
    // Not in Auth0's document: those that its API is seen to take, and those that its own answers hold, which clients send back.
    allow_api1_non_global_clients: Type.Optional(Type.Boolean()),
    allow_other_legacy_grant_types: Type.Optional(Type.Boolean()),
    enable_custom_domain_in_emails: Type.Optional(Type.Boolean()),
    require_pushed_authorization_requests: Type.Optional(Type.Boolean()),
    universal_login: Type.Optional(Type.Boolean()),
    use_scope_descriptions_for_consent: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

const enabledPage = nullable(
  Type.Object(
    { enabled: Type.Optional(Type.Boolean()), html: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
)

/** What a change of the tenant's settings takes. */
export const UpdateTenantSettings = Type.Object(
  {
    change_password: Type.Optional(enabledPage),
    device_flow: Type.Optional(
      nullable(
        Type.Object(
          {
            charset: Type.Optional(Type.Enum(['base20', 'digits'])),
            mask: Type.Optional(Type.String({ maxLength: 20 })),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    guardian_mfa_page: Type.Optional(enabledPage),
    default_audience: Type.Optional(Type.String()),
    default_directory: Type.Optional(Type.String()),
    error_page: Type.Optional(
      nullable(
        Type.Object(
          {
            html: Type.Optional(Type.String()),
            show_log_link: Type.Optional(Type.Boolean()),
            url: Type.Optional(Type.String({ format: 'absolute-uri-or-empty' })),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    default_token_quota: Type.Optional(
      nullable(
        Type.Object(
          { clients: Type.Optional(TokenQuotaConfiguration), organizations: Type.Optional(TokenQuotaConfiguration) },
          { minProperties: 1, additionalProperties: false },
        ),
      ),
    ),
    flags: Type.Optional(TenantSettingsFlags),
    friendly_name: Type.Optional(Type.String()),
    picture_url: Type.Optional(Type.String({ format: 'absolute-uri-or-empty' })),
    support_email: Type.Optional(Type.String({ format: 'email-or-empty' })),
    support_url: Type.Optional(Type.String({ format: 'absolute-uri-or-empty' })),
    allowed_logout_urls: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    session_lifetime: Type.Optional(Type.Integer({ minimum: 1 })),
    session_lifetime_in_minutes: Type.Optional(Type.Integer({ minimum: 1 })),
    idle_session_lifetime: Type.Optional(Type.Integer({ minimum: 1 })),
    idle_session_lifetime_in_minutes: Type.Optional(Type.Integer({ minimum: 1 })),
    ephemeral_session_lifetime: Type.Optional(Type.Integer({ minimum: 1 })),
    idle_ephemeral_session_lifetime: Type.Optional(Type.Integer({ minimum: 1 })),
    ephemeral_session_lifetime_in_minutes: Type.Optional(Type.Integer({ minimum: 1 })),
    idle_ephemeral_session_lifetime_in_minutes: Type.Optional(Type.Integer({ minimum: 1 })),
    sandbox_version: Type.Optional(Type.String({ maxLength: 8 })),
    legacy_sandbox_version: Type.Optional(Type.String({ maxLength: 8 })),
    default_redirection_uri: Type.Optional(Type.String({ format: 'absolute-https-uri-or-empty' })),
    enabled_locales: Type.Optional(
      Type.Array(
        Type.Enum([
          'am',
          'ar',
          'ar-EG',
          'ar-SA',
          'az',
          'bg',
          'bn',
          'bs',
          'ca-ES',
          'cnr',
          'cs',
          'cy',
          'da',
          'de',
          'el',
          'en',
          'en-CA',
          'es',
          'es-419',
          'es-AR',
          'es-MX',
          'et',
          'eu-ES',
          'fa',
          'fi',
          'fr',
          'fr-CA',
          'fr-FR',
          'gl-ES',
          'gu',
          'he',
          'hi',
          'hr',
          'hu',
          'hy',
          'id',
          'is',
          'it',
          'ja',
          'ka',
          'kk',
          'kn',
          'ko',
          'lt',
          'lv',
          'mk',
          'ml',
          'mn',
          'mr',
          'ms',
          'my',
          'nb',
          'nl',
          'nn',
          'no',
          'pa',
          'pl',
          'pt',
          'pt-BR',
          'pt-PT',
          'ro',
          'ru',
          'sk',
          'sl',
          'so',
          'sq',
          'sr',
          'sv',
          'sw',
          'ta',
          'te',
          'th',
          'tl',
          'tr',
          'uk',
          'ur',
          'vi',
          'zgh',
          'zh-CN',
          'zh-HK',
          'zh-MO',
          'zh-TW',
        ]),
        { minItems: 1 },
      ),
    ),
    security_headers: Type.Optional(
      nullable(
        Type.Object(
          {
            content_security_policy: Type.Optional(
              nullable(
                Type.Object(
                  {
                    enabled: Type.Optional(Type.Boolean()),
                    policies: Type.Optional(
                      Type.Array(
                        Type.Object(
                          {
                            mode: Type.Optional(Type.Enum(['enforcing', 'reporting'])),
                            directives: Type.Optional(
                              byName(Type.Array(Type.String({ maxLength: 2048 })), {
                                maxProperties: 30,
                              }),
                            ),
                            flags: Type.Optional(
                              Type.Array(Type.Enum(['upgrade-insecure-requests', 'block-all-mixed-content'])),
                            ),
                            reporting: Type.Optional(
                              nullable(
                                Type.Object(
                                  {
                                    report_uri: Type.Optional(Type.String()),
                                    report_to_group: Type.Optional(Type.String()),
                                  },
                                  { additionalProperties: false },
                                ),
                              ),
                            ),
                          },
                          { additionalProperties: false },
                        ),
                      ),
                    ),
                    reporting_infrastructure: Type.Optional(
                      nullable(
                        Type.Object(
                          {
                            report_to: Type.Optional(
                              nullable(
                                Type.Object(
                                  {
                                    group: Type.Optional(Type.String()),
                                    max_age: Type.Optional(Type.Integer()),
                                    endpoints: Type.Optional(
                                      Type.Array(
                                        Type.Object(
                                          { url: Type.Optional(Type.String()) },
                                          { additionalProperties: false },
                                        ),
                                      ),
                                    ),
                                  },
                                  { additionalProperties: false },
                                ),
                              ),
                            ),
                            reporting_endpoints: Type.Optional(byName(Type.String())),
                          },
                          { additionalProperties: false },
                        ),
                      ),
                    ),
                  },
                  { additionalProperties: false },
                ),
              ),
            ),
            x_xss_protection: Type.Optional(
              nullable(
                Type.Object(
                  {
                    enabled: Type.Optional(Type.Boolean()),
                    mode: Type.Optional(Type.Enum(['block'])),
                    report_uri: Type.Optional(Type.String()),
                  },
                  { additionalProperties: false },
                ),
              ),
            ),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    session_cookie: Type.Optional(
      nullable(Type.Object({ mode: Type.Enum(['persistent', 'non-persistent']) }, { additionalProperties: false })),
    ),
    sessions: Type.Optional(
      nullable(
        Type.Object({ oidc_logout_prompt_enabled: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
      ),
    ),
    oidc_logout: Type.Optional(
      Type.Object(
        { rp_logout_end_session_endpoint_discovery: Type.Optional(Type.Boolean()) },
        { additionalProperties: false },
      ),
    ),
    customize_mfa_in_postlogin_action: Type.Optional(nullable(Type.Boolean())),
    allow_organization_name_in_authentication_api: Type.Optional(nullable(Type.Boolean())),
    acr_values_supported: Type.Optional(nullable(Type.Array(Type.String({ format: 'acr' }), { minItems: 0 }))),
    mtls: Type.Optional(
      nullable(
        Type.Object({ enable_endpoint_aliases: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
      ),
    ),
    pushed_authorization_requests_supported: Type.Optional(nullable(Type.Boolean())),
    authorization_response_iss_parameter_supported: Type.Optional(nullable(Type.Boolean())),
    skip_non_verifiable_callback_uri_confirmation_prompt: Type.Optional(nullable(Type.Boolean())),
    resource_parameter_profile: Type.Optional(Type.Enum(['audience', 'compatibility'])),
    client_id_metadata_document_supported: Type.Optional(Type.Boolean()),
    enable_ai_guide: Type.Optional(Type.Boolean()),
    phone_consolidated_experience: Type.Optional(Type.Boolean()),
    include_session_metadata_in_tenant_logs: Type.Optional(Type.Boolean()),
    dynamic_client_registration_security_mode: Type.Optional(Type.Enum(['strict', 'permissive'])),
    country_codes: Type.Optional(
      nullable(
        Type.Object(
          {
            list: Type.Optional(Type.Array(Type.String({ minLength: 2, maxLength: 2, pattern: '^[A-Z]{2}$' }))),
            mode: Type.Optional(Type.Enum(['allow', 'deny'])),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    // Not in Auth0's document; its API takes it.
    universal_login: Type.Optional(
      nullable(
        Type.Object({
          colors: Type.Optional(
            Type.Object({ primary: Type.Optional(Type.String()), page_background: Type.Optional(Type.Unknown()) }),
          ),
        }),
      ),
    ),
  },
  { minProperties: 1, additionalProperties: false },
)

const {
  session_lifetime_in_minutes: _session,
  idle_session_lifetime_in_minutes: _idle,
  ephemeral_session_lifetime_in_minutes: _ephemeral,
  idle_ephemeral_session_lifetime_in_minutes: _idleEphemeral,
  flags: _flags,
  ...answered
} = UpdateTenantSettings.properties

/** The tenant's settings as they are answered. Lifetimes are in hours, which a change in minutes makes fractions of. */
export const TenantSettingsAnswer = Type.Object({
  ...answered,
  session_lifetime: Type.Number(),
  idle_session_lifetime: Type.Number(),
  ephemeral_session_lifetime: Type.Optional(Type.Number()),
  idle_ephemeral_session_lifetime: Type.Optional(Type.Number()),
  flags: Type.Object(TenantSettingsFlags.properties, { additionalProperties: Type.Boolean() }),
  sandbox_versions_available: Type.Array(Type.String()),
})
