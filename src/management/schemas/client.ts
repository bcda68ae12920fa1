import Type from 'typebox'
import { nullable } from './nullable.ts'
import { CreateTokenQuota, TokenQuotaClientCredentials } from './token-quota.ts'

export const ClientOIDCBackchannelLogoutSettings = Type.Object({
  backchannel_logout_urls: Type.Optional(
    Type.Array(Type.String({ format: 'absolute-https-uri-with-placeholders-or-empty' })),
  ),
  backchannel_logout_initiators: Type.Optional(
    Type.Object({
      mode: Type.Optional(Type.Enum(['custom', 'all'])),
      selected_initiators: Type.Optional(
        Type.Array(
          Type.Enum([
            'rp-logout',
            'idp-logout',
            'password-changed',
            'session-expired',
            'session-revoked',
            'account-deleted',
            'email-identifier-changed',
            'mfa-phone-unenrolled',
            'account-deactivated',
          ]),
        ),
      ),
    }),
  ),
  backchannel_logout_session_metadata: Type.Optional(nullable(Type.Object({ include: Type.Optional(Type.Boolean()) }))),
})

export const ClientJwtConfiguration = Type.Object({
  lifetime_in_seconds: Type.Optional(Type.Integer()),
  secret_encoded: Type.Optional(Type.Boolean()),
  scopes: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  alg: Type.Optional(Type.Enum(['HS256', 'RS256', 'RS512', 'PS256'])),
})

export const ClientAddonAzureBlob = Type.Object({
  accountName: Type.Optional(Type.String({ pattern: '^([a-z0-9]){3,24}$' })),
  storageAccessKey: Type.Optional(Type.String({ pattern: '^([A-Za-z0-9+/]){86}==$' })),
  containerName: Type.Optional(Type.String({ pattern: '^([a-z0-9]){1}([a-z0-9-]){2,62}$' })),
  blobName: Type.Optional(Type.String({ pattern: '^(.){1,1024}$' })),
  expiration: Type.Optional(Type.Integer({ minimum: 0 })),
  signedIdentifier: Type.Optional(Type.String()),
  blob_read: Type.Optional(Type.Boolean()),
  blob_write: Type.Optional(Type.Boolean()),
  blob_delete: Type.Optional(Type.Boolean()),
  container_read: Type.Optional(Type.Boolean()),
  container_write: Type.Optional(Type.Boolean()),
  container_delete: Type.Optional(Type.Boolean()),
  container_list: Type.Optional(Type.Boolean()),
})

export const ClientAddonSAML = Type.Object({
  mappings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  audience: Type.Optional(Type.String()),
  recipient: Type.Optional(Type.String()),
  createUpnClaim: Type.Optional(Type.Boolean()),
  mapUnknownClaimsAsIs: Type.Optional(Type.Boolean()),
  passthroughClaimsWithNoMapping: Type.Optional(Type.Boolean()),
  mapIdentities: Type.Optional(Type.Boolean()),
  signatureAlgorithm: Type.Optional(Type.String()),
  digestAlgorithm: Type.Optional(Type.String()),
  issuer: Type.Optional(Type.String()),
  destination: Type.Optional(Type.String()),
  lifetimeInSeconds: Type.Optional(Type.Integer()),
  signResponse: Type.Optional(Type.Boolean()),
  nameIdentifierFormat: Type.Optional(Type.String()),
  nameIdentifierProbes: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  authnContextClassRef: Type.Optional(Type.String()),
})

export const ClientAddons = Type.Object(
  {
    aws: Type.Optional(
      Type.Object({
        principal: Type.Optional(Type.String()),
        role: Type.Optional(Type.String()),
        lifetime_in_seconds: Type.Optional(Type.Integer({ minimum: 900, maximum: 43200 })),
      }),
    ),
    azure_blob: Type.Optional(ClientAddonAzureBlob),
    azure_sb: Type.Optional(
      Type.Object({
        namespace: Type.Optional(Type.String()),
        sasKeyName: Type.Optional(Type.String()),
        sasKey: Type.Optional(Type.String()),
        entityPath: Type.Optional(Type.String()),
        expiration: Type.Optional(Type.Integer()),
      }),
    ),
    rms: Type.Optional(Type.Object({ url: Type.String({ format: 'url' }) })),
    mscrm: Type.Optional(Type.Object({ url: Type.String({ format: 'url' }) })),
    slack: Type.Optional(Type.Object({ team: Type.String() })),
    sentry: Type.Optional(
      Type.Object({ org_slug: Type.Optional(Type.String()), base_url: Type.Optional(Type.String()) }),
    ),
    box: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    cloudbees: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    concur: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    dropbox: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    echosign: Type.Optional(Type.Object({ domain: Type.Optional(Type.String()) })),
    egnyte: Type.Optional(Type.Object({ domain: Type.Optional(Type.String()) })),
    firebase: Type.Optional(
      Type.Object({
        secret: Type.Optional(Type.String()),
        private_key_id: Type.Optional(Type.String()),
        private_key: Type.Optional(Type.String()),
        client_email: Type.Optional(Type.String()),
        lifetime_in_seconds: Type.Optional(Type.Integer()),
      }),
    ),
    newrelic: Type.Optional(Type.Object({ account: Type.Optional(Type.String()) })),
    office365: Type.Optional(
      Type.Object({ domain: Type.Optional(Type.String()), connection: Type.Optional(Type.String()) }),
    ),
    salesforce: Type.Optional(Type.Object({ entity_id: Type.Optional(Type.String({ format: 'url' })) })),
    salesforce_api: Type.Optional(
      Type.Object({
        clientid: Type.Optional(Type.String()),
        principal: Type.Optional(Type.String()),
        communityName: Type.Optional(Type.String()),
        community_url_section: Type.Optional(Type.String()),
      }),
    ),
    salesforce_sandbox_api: Type.Optional(
      Type.Object({
        clientid: Type.Optional(Type.String()),
        principal: Type.Optional(Type.String()),
        communityName: Type.Optional(Type.String()),
        community_url_section: Type.Optional(Type.String()),
      }),
    ),
    samlp: Type.Optional(ClientAddonSAML),
    layer: Type.Optional(
      Type.Object({
        providerId: Type.String(),
        keyId: Type.String(),
        privateKey: Type.String(),
        principal: Type.Optional(Type.String()),
        expiration: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ),
    sap_api: Type.Optional(
      Type.Object({
        clientid: Type.Optional(Type.String()),
        usernameAttribute: Type.Optional(Type.String()),
        tokenEndpointUrl: Type.Optional(Type.String({ format: 'url' })),
        scope: Type.Optional(Type.String()),
        servicePassword: Type.Optional(Type.String()),
        nameIdentifierFormat: Type.Optional(Type.String()),
      }),
    ),
    sharepoint: Type.Optional(
      Type.Object({
        url: Type.Optional(Type.String()),
        external_url: Type.Optional(Type.Union([Type.Array(Type.String()), Type.String()])),
      }),
    ),
    springcm: Type.Optional(Type.Object({ acsurl: Type.Optional(Type.String()) })),
    wams: Type.Optional(Type.Object({ masterkey: Type.Optional(Type.String()) })),
    wsfed: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    zendesk: Type.Optional(Type.Object({ accountName: Type.Optional(Type.String()) })),
    zoom: Type.Optional(Type.Object({ account: Type.Optional(Type.String()) })),
    sso_integration: Type.Optional(
      Type.Object({ name: Type.Optional(Type.String()), version: Type.Optional(Type.String()) }),
    ),
    oag: Type.Optional(nullable(Type.Object({}, { additionalProperties: false }))),
  },
  { additionalProperties: false },
)

export const ClientMetadata = Type.Record(Type.String(), Type.Unknown(), { maxProperties: 10 })

export const ClientMobile = Type.Object({
  android: Type.Optional(
    Type.Object({
      app_package_name: Type.Optional(Type.String()),
      sha256_cert_fingerprints: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
    }),
  ),
  ios: Type.Optional(
    Type.Object({ team_id: Type.Optional(Type.String()), app_bundle_identifier: Type.Optional(Type.String()) }),
  ),
})

export const PublicKeyCredential = Type.Object(
  {
    credential_type: Type.Enum(['public_key']),
    name: Type.Optional(Type.String({ maxLength: 128 })),
    pem: Type.String(),
    alg: Type.Optional(Type.Enum(['RS256', 'RS384', 'PS256'])),
    parse_expiry_from_cert: Type.Optional(Type.Boolean()),
    expires_at: Type.Optional(Type.String({ format: 'date-time' })),
    kid: Type.Optional(Type.String({ minLength: 10, maxLength: 64, pattern: '^([0-9a-zA-Z-_]{10,64})$' })),
  },
  { additionalProperties: false },
)

export const CertificateSubjectDNCredential = Type.Object(
  {
    credential_type: Type.Enum(['cert_subject_dn']),
    name: Type.Optional(Type.String({ maxLength: 128 })),
    subject_dn: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    pem: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  },
  { additionalProperties: false },
)

export const X509CertificateCredential = Type.Object(
  {
    credential_type: Type.Enum(['x509_cert']),
    name: Type.Optional(Type.String({ maxLength: 128 })),
    pem: Type.String({ minLength: 1, maxLength: 4096 }),
  },
  { additionalProperties: false },
)

export const ClientCreateAuthenticationMethod = Type.Object(
  {
    private_key_jwt: Type.Optional(
      Type.Object({ credentials: Type.Array(PublicKeyCredential, { minItems: 0 }) }, { additionalProperties: false }),
    ),
    tls_client_auth: Type.Optional(
      Type.Object(
        { credentials: Type.Array(CertificateSubjectDNCredential, { minItems: 0 }) },
        { additionalProperties: false },
      ),
    ),
    self_signed_tls_client_auth: Type.Optional(
      Type.Object(
        { credentials: Type.Array(X509CertificateCredential, { minItems: 0 }) },
        { additionalProperties: false },
      ),
    ),
  },
  { minProperties: 1, maxProperties: 1, additionalProperties: false },
)

export const TokenVaultPrivilegedAccessIpAllowlistEntry = Type.Union([
  Type.String({ format: 'ipv4' }),
  Type.String({ format: 'ipv6' }),
  Type.String({ format: 'cidr' }),
  Type.String({ format: 'ipv6_cidr' }),
])

export const LinkedClientConfiguration = Type.Object(
  { client_id: Type.String({ format: 'client-id' }) },
  { additionalProperties: false },
)

export const ExpressConfiguration = Type.Object(
  {
    initiate_login_uri_template: Type.String({ format: 'ec-initiate-login-uri-template-url' }),
    user_attribute_profile_id: Type.String({ format: 'user-attribute-profile-id' }),
    connection_profile_id: Type.String({ format: 'connection-profile-id' }),
    enable_client: Type.Boolean(),
    enable_organization: Type.Boolean(),
    linked_clients: Type.Optional(Type.Array(LinkedClientConfiguration)),
    okta_oin_client_id: Type.String({ format: 'client-id' }),
    admin_login_domain: Type.String({ minLength: 1 }),
    oin_submission_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
)

export const ClientMyOrganizationPostConfiguration = Type.Object(
  {
    connection_profile_id: Type.Optional(Type.String({ format: 'connection-profile-id' })),
    user_attribute_profile_id: Type.Optional(Type.String({ format: 'user-attribute-profile-id' })),
    allowed_strategies: Type.Array(Type.Enum(['pingfederate', 'adfs', 'waad', 'google-apps', 'okta', 'oidc', 'samlp'])),
    connection_deletion_behavior: Type.Enum(['allow', 'allow_if_empty']),
    invitation_landing_client_id: Type.Optional(Type.String({ format: 'client-id' })),
  },
  { additionalProperties: false },
)

export const CreateClient = Type.Object(
  {
    name: Type.String({ pattern: '^[^<>]+$' }),
    description: Type.Optional(Type.String({ maxLength: 140 })),
    logo_uri: Type.Optional(Type.String({ format: 'absolute-uri-or-empty' })),
    callbacks: Type.Optional(Type.Array(Type.String({ format: 'callback-url' }))),
    oidc_logout: Type.Optional(ClientOIDCBackchannelLogoutSettings),
    oidc_backchannel_logout: Type.Optional(ClientOIDCBackchannelLogoutSettings),
    session_transfer: Type.Optional(
      nullable(
        Type.Object(
          {
            can_create_session_transfer_token: Type.Optional(Type.Boolean()),
            enforce_cascade_revocation: Type.Optional(Type.Boolean()),
            allowed_authentication_methods: Type.Optional(nullable(Type.Array(Type.Enum(['cookie', 'query'])))),
            enforce_device_binding: Type.Optional(Type.Enum(['ip', 'asn', 'none'])),
            allow_refresh_token: Type.Optional(Type.Boolean()),
            enforce_online_refresh_tokens: Type.Optional(Type.Boolean()),
            delegation: Type.Optional(
              nullable(
                Type.Object(
                  {
                    allow_delegated_access: Type.Optional(Type.Boolean()),
                    enforce_device_binding: Type.Optional(Type.Enum(['ip', 'asn'])),
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
    allowed_origins: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    web_origins: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    client_aliases: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    allowed_clients: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    allowed_logout_urls: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    grant_types: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    token_endpoint_auth_method: Type.Optional(Type.Enum(['none', 'client_secret_post', 'client_secret_basic'])),
    is_token_endpoint_ip_header_trusted: Type.Optional(Type.Boolean()),
    app_type: Type.Optional(
      Type.Enum([
        'native',
        'spa',
        'regular_web',
        'non_interactive',
        'resource_server',
        'express_configuration',
        'rms',
        'box',
        'cloudbees',
        'concur',
        'dropbox',
        'mscrm',
        'echosign',
        'egnyte',
        'newrelic',
        'office365',
        'salesforce',
        'sentry',
        'sharepoint',
        'slack',
        'springcm',
        'zendesk',
        'zoom',
        'sso_integration',
        'oag',
      ]),
    ),
    is_first_party: Type.Optional(Type.Boolean()),
    oidc_conformant: Type.Optional(Type.Boolean()),
    jwt_configuration: Type.Optional(ClientJwtConfiguration),
    encryption_key: Type.Optional(
      nullable(
        Type.Object({
          pub: Type.Optional(Type.String()),
          cert: Type.Optional(Type.String()),
          subject: Type.Optional(Type.String()),
        }),
      ),
    ),
    sso: Type.Optional(Type.Boolean()),
    cross_origin_authentication: Type.Optional(Type.Boolean()),
    cross_origin_loc: Type.Optional(Type.String({ format: 'url' })),
    sso_disabled: Type.Optional(Type.Boolean()),
    custom_login_page_on: Type.Optional(Type.Boolean()),
    custom_login_page: Type.Optional(Type.String({ minLength: 1 })),
    custom_login_page_preview: Type.Optional(Type.String({ minLength: 1 })),
    form_template: Type.Optional(Type.String({ minLength: 1 })),
    addons: Type.Optional(ClientAddons),
    client_metadata: Type.Optional(ClientMetadata),
    mobile: Type.Optional(ClientMobile),
    initiate_login_uri: Type.Optional(Type.String({ format: 'absolute-https-uri-with-placeholders-or-empty' })),
    native_social_login: Type.Optional(
      Type.Object(
        {
          apple: Type.Optional(
            Type.Object({ enabled: Type.Optional(Type.Boolean()) }, { minProperties: 1, additionalProperties: false }),
          ),
          facebook: Type.Optional(
            Type.Object({ enabled: Type.Optional(Type.Boolean()) }, { minProperties: 1, additionalProperties: false }),
          ),
          google: Type.Optional(
            Type.Object({ enabled: Type.Optional(Type.Boolean()) }, { minProperties: 1, additionalProperties: false }),
          ),
        },
        { minProperties: 1, additionalProperties: false },
      ),
    ),
    fedcm_login: Type.Optional(
      Type.Object(
        {
          google: Type.Optional(
            Type.Object(
              { is_enabled: Type.Optional(Type.Boolean()) },
              { minProperties: 1, additionalProperties: false },
            ),
          ),
        },
        { minProperties: 1, additionalProperties: false },
      ),
    ),
    refresh_token: Type.Optional(
      nullable(
        Type.Object(
          {
            rotation_type: Type.Enum(['rotating', 'non-rotating']),
            expiration_type: Type.Enum(['expiring', 'non-expiring']),
            leeway: Type.Optional(Type.Integer({ minimum: 0 })),
            token_lifetime: Type.Optional(Type.Integer({ minimum: 1, maximum: 157788000 })),
            infinite_token_lifetime: Type.Optional(Type.Boolean()),
            idle_token_lifetime: Type.Optional(Type.Integer({ minimum: 1 })),
            infinite_idle_token_lifetime: Type.Optional(Type.Boolean()),
            policies: Type.Optional(
              nullable(
                Type.Array(
                  Type.Object(
                    {
                      audience: Type.String({ minLength: 1, maxLength: 600 }),
                      scope: Type.Array(Type.String({ minLength: 1, maxLength: 280 })),
                    },
                    { additionalProperties: false },
                  ),
                  { minItems: 1 },
                ),
              ),
            ),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    default_organization: Type.Optional(
      nullable(
        Type.Object(
          {
            organization_id: Type.String({ format: 'organization-id' }),
            flows: Type.Array(Type.Enum(['client_credentials'])),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    organization_usage: Type.Optional(Type.Enum(['deny', 'allow', 'require'])),
    organization_require_behavior: Type.Optional(Type.Enum(['no_prompt', 'pre_login_prompt', 'post_login_prompt'])),
    organization_discovery_methods: Type.Optional(
      Type.Array(Type.Enum(['email', 'organization_name']), { minItems: 1 }),
    ),
    client_authentication_methods: Type.Optional(ClientCreateAuthenticationMethod),
    require_pushed_authorization_requests: Type.Optional(Type.Boolean()),
    require_proof_of_possession: Type.Optional(Type.Boolean()),
    signed_request_object: Type.Optional(
      Type.Object(
        {
          required: Type.Optional(Type.Boolean()),
          credentials: Type.Optional(Type.Array(PublicKeyCredential, { minItems: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    token_vault_privileged_access: Type.Optional(
      Type.Object(
        {
          credentials: Type.Array(PublicKeyCredential, { minItems: 0 }),
          ip_allowlist: Type.Optional(Type.Array(TokenVaultPrivilegedAccessIpAllowlistEntry, { minItems: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    compliance_level: Type.Optional(
      nullable(
        Type.Enum(['none', 'fapi1_adv_pkj_par', 'fapi1_adv_mtls_par', 'fapi2_sp_pkj_mtls', 'fapi2_sp_mtls_mtls']),
      ),
    ),
    skip_non_verifiable_callback_uri_confirmation_prompt: Type.Optional(Type.Boolean()),
    token_exchange: Type.Optional(
      Type.Object(
        {
          allow_any_profile_of_type: Type.Optional(
            Type.Array(Type.Enum(['custom_authentication', 'on_behalf_of_token_exchange']), { minItems: 0 }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    par_request_expiry: Type.Optional(nullable(Type.Integer({ minimum: 10, maximum: 600 }))),
    token_quota: Type.Optional(CreateTokenQuota),
    resource_server_identifier: Type.Optional(Type.String({ minLength: 1, maxLength: 600 })),
    third_party_security_mode: Type.Optional(Type.Enum(['strict', 'permissive'])),
    redirection_policy: Type.Optional(Type.Enum(['allow_always', 'open_redirect_protection'])),
    express_configuration: Type.Optional(ExpressConfiguration),
    my_organization_configuration: Type.Optional(ClientMyOrganizationPostConfiguration),
    async_approval_notification_channels: Type.Optional(
      Type.Array(Type.Enum(['guardian-push', 'email']), { minItems: 1 }),
    ),
  },
  { additionalProperties: false },
)

export const PostClientCredential = Type.Object(
  {
    credential_type: Type.Enum(['public_key', 'cert_subject_dn', 'x509_cert']),
    name: Type.Optional(Type.String({ maxLength: 128 })),
    subject_dn: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    pem: Type.Optional(Type.String()),
    alg: Type.Optional(Type.Enum(['RS256', 'RS384', 'PS256'])),
    parse_expiry_from_cert: Type.Optional(Type.Boolean()),
    expires_at: Type.Optional(Type.String({ format: 'date-time' })),
    kid: Type.Optional(Type.String({ minLength: 10, maxLength: 64, pattern: '^([0-9a-zA-Z-_]{10,64})$' })),
  },
  { additionalProperties: false },
)

export const PatchClientCredential = Type.Object(
  { expires_at: Type.Optional(nullable(Type.String({ format: 'date-time' }))) },
  { minProperties: 1, additionalProperties: false },
)

export const CredentialId = Type.Object(
  { id: Type.String({ format: 'credential-id' }) },
  { additionalProperties: false },
)

export const UpdateClient = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: '^[^<>]+$' })),
    description: Type.Optional(Type.String({ maxLength: 140 })),
    client_secret: Type.Optional(Type.String({ minLength: 1 })),
    logo_uri: Type.Optional(Type.String({ format: 'absolute-uri-or-empty' })),
    callbacks: Type.Optional(Type.Array(Type.String({ format: 'callback-url' }))),
    oidc_logout: Type.Optional(ClientOIDCBackchannelLogoutSettings),
    oidc_backchannel_logout: Type.Optional(ClientOIDCBackchannelLogoutSettings),
    session_transfer: Type.Optional(
      nullable(
        Type.Object(
          {
            can_create_session_transfer_token: Type.Optional(Type.Boolean()),
            enforce_cascade_revocation: Type.Optional(Type.Boolean()),
            allowed_authentication_methods: Type.Optional(nullable(Type.Array(Type.Enum(['cookie', 'query'])))),
            enforce_device_binding: Type.Optional(Type.Enum(['ip', 'asn', 'none'])),
            allow_refresh_token: Type.Optional(Type.Boolean()),
            enforce_online_refresh_tokens: Type.Optional(Type.Boolean()),
            delegation: Type.Optional(
              nullable(
                Type.Object(
                  {
                    allow_delegated_access: Type.Optional(Type.Boolean()),
                    enforce_device_binding: Type.Optional(Type.Enum(['ip', 'asn'])),
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
    allowed_origins: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    web_origins: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    grant_types: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    client_aliases: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    allowed_clients: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    allowed_logout_urls: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
    jwt_configuration: Type.Optional(ClientJwtConfiguration),
    encryption_key: Type.Optional(
      nullable(
        Type.Object({
          pub: Type.Optional(Type.String()),
          cert: Type.Optional(Type.String()),
          subject: Type.Optional(Type.String()),
        }),
      ),
    ),
    sso: Type.Optional(Type.Boolean()),
    cross_origin_authentication: Type.Optional(Type.Boolean()),
    cross_origin_loc: Type.Optional(nullable(Type.String({ format: 'url-or-null' }))),
    sso_disabled: Type.Optional(Type.Boolean()),
    custom_login_page_on: Type.Optional(Type.Boolean()),
    token_endpoint_auth_method: Type.Optional(
      nullable(Type.Enum(['none', 'client_secret_post', 'client_secret_basic'])),
    ),
    is_token_endpoint_ip_header_trusted: Type.Optional(Type.Boolean()),
    app_type: Type.Optional(
      Type.Enum([
        'native',
        'spa',
        'regular_web',
        'non_interactive',
        'resource_server',
        'express_configuration',
        'rms',
        'box',
        'cloudbees',
        'concur',
        'dropbox',
        'mscrm',
        'echosign',
        'egnyte',
        'newrelic',
        'office365',
        'salesforce',
        'sentry',
        'sharepoint',
        'slack',
        'springcm',
        'zendesk',
        'zoom',
        'sso_integration',
        'oag',
      ]),
    ),
    is_first_party: Type.Optional(Type.Boolean()),
    oidc_conformant: Type.Optional(Type.Boolean()),
    custom_login_page: Type.Optional(Type.String()),
    custom_login_page_preview: Type.Optional(Type.String()),
    token_quota: Type.Optional(
      nullable(Type.Object({ client_credentials: TokenQuotaClientCredentials }, { additionalProperties: false })),
    ),
    form_template: Type.Optional(Type.String()),
    addons: Type.Optional(ClientAddons),
    client_metadata: Type.Optional(ClientMetadata),
    mobile: Type.Optional(ClientMobile),
    initiate_login_uri: Type.Optional(Type.String({ format: 'absolute-https-uri-with-placeholders-or-empty' })),
    native_social_login: Type.Optional(
      nullable(
        Type.Object(
          {
            apple: Type.Optional(
              nullable(
                Type.Object(
                  { enabled: Type.Optional(Type.Boolean()) },
                  { minProperties: 1, additionalProperties: false },
                ),
              ),
            ),
            facebook: Type.Optional(
              nullable(
                Type.Object(
                  { enabled: Type.Optional(Type.Boolean()) },
                  { minProperties: 1, additionalProperties: false },
                ),
              ),
            ),
            google: Type.Optional(
              nullable(
                Type.Object(
                  { enabled: Type.Optional(Type.Boolean()) },
                  { minProperties: 1, additionalProperties: false },
                ),
              ),
            ),
          },
          { minProperties: 1, additionalProperties: false },
        ),
      ),
    ),
    fedcm_login: Type.Optional(
      nullable(
        Type.Object(
          {
            google: Type.Optional(
              nullable(
                Type.Object(
                  { is_enabled: Type.Optional(Type.Boolean()) },
                  { minProperties: 1, additionalProperties: false },
                ),
              ),
            ),
          },
          { minProperties: 1, additionalProperties: false },
        ),
      ),
    ),
    refresh_token: Type.Optional(
      nullable(
        Type.Object(
          {
            rotation_type: Type.Enum(['rotating', 'non-rotating']),
            expiration_type: Type.Enum(['expiring', 'non-expiring']),
            leeway: Type.Optional(Type.Integer({ minimum: 0 })),
            token_lifetime: Type.Optional(Type.Integer({ minimum: 1, maximum: 157788000 })),
            infinite_token_lifetime: Type.Optional(Type.Boolean()),
            idle_token_lifetime: Type.Optional(Type.Integer({ minimum: 1 })),
            infinite_idle_token_lifetime: Type.Optional(Type.Boolean()),
            policies: Type.Optional(
              nullable(
                Type.Array(
                  Type.Object(
                    {
                      audience: Type.String({ minLength: 1, maxLength: 600 }),
                      scope: Type.Array(Type.String({ minLength: 1, maxLength: 280 })),
                    },
                    { additionalProperties: false },
                  ),
                  { minItems: 1 },
                ),
              ),
            ),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    default_organization: Type.Optional(
      nullable(
        Type.Object(
          {
            organization_id: Type.String({ format: 'organization-id' }),
            flows: Type.Array(Type.Enum(['client_credentials'])),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    organization_usage: Type.Optional(nullable(Type.Enum(['deny', 'allow', 'require']))),
    organization_require_behavior: Type.Optional(
      nullable(Type.Enum(['no_prompt', 'pre_login_prompt', 'post_login_prompt'])),
    ),
    organization_discovery_methods: Type.Optional(
      nullable(Type.Array(Type.Enum(['email', 'organization_name']), { minItems: 1 })),
    ),
    client_authentication_methods: Type.Optional(
      nullable(
        Type.Object(
          {
            private_key_jwt: Type.Optional(
              Type.Object({ credentials: Type.Array(CredentialId, { minItems: 0 }) }, { additionalProperties: false }),
            ),
            tls_client_auth: Type.Optional(
              Type.Object({ credentials: Type.Array(CredentialId, { minItems: 0 }) }, { additionalProperties: false }),
            ),
            self_signed_tls_client_auth: Type.Optional(
              Type.Object({ credentials: Type.Array(CredentialId, { minItems: 0 }) }, { additionalProperties: false }),
            ),
          },
          { minProperties: 1, maxProperties: 1, additionalProperties: false },
        ),
      ),
    ),
    require_pushed_authorization_requests: Type.Optional(Type.Boolean()),
    require_proof_of_possession: Type.Optional(Type.Boolean()),
    signed_request_object: Type.Optional(
      Type.Object(
        {
          required: Type.Optional(Type.Boolean()),
          credentials: Type.Optional(Type.Array(CredentialId, { minItems: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    token_vault_privileged_access: Type.Optional(
      Type.Object(
        {
          credentials: Type.Array(CredentialId, { minItems: 0 }),
          ip_allowlist: Type.Optional(Type.Array(TokenVaultPrivilegedAccessIpAllowlistEntry, { minItems: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    compliance_level: Type.Optional(
      nullable(
        Type.Enum(['none', 'fapi1_adv_pkj_par', 'fapi1_adv_mtls_par', 'fapi2_sp_pkj_mtls', 'fapi2_sp_mtls_mtls']),
      ),
    ),
    skip_non_verifiable_callback_uri_confirmation_prompt: Type.Optional(nullable(Type.Boolean())),
    token_exchange: Type.Optional(
      nullable(
        Type.Object(
          {
            allow_any_profile_of_type: Type.Optional(
              Type.Array(Type.Enum(['custom_authentication', 'on_behalf_of_token_exchange']), { minItems: 0 }),
            ),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    par_request_expiry: Type.Optional(nullable(Type.Integer({ minimum: 10, maximum: 600 }))),
    express_configuration: Type.Optional(
      nullable(
        Type.Object(
          {
            initiate_login_uri_template: Type.String({ format: 'ec-initiate-login-uri-template-url' }),
            user_attribute_profile_id: Type.String({ format: 'user-attribute-profile-id' }),
            connection_profile_id: Type.String({ format: 'connection-profile-id' }),
            enable_client: Type.Boolean(),
            enable_organization: Type.Boolean(),
            linked_clients: Type.Optional(Type.Array(LinkedClientConfiguration)),
            okta_oin_client_id: Type.String({ format: 'client-id' }),
            admin_login_domain: Type.String({ minLength: 1 }),
            oin_submission_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    my_organization_configuration: Type.Optional(
      nullable(
        Type.Object(
          {
            connection_profile_id: Type.Optional(Type.String({ format: 'connection-profile-id' })),
            user_attribute_profile_id: Type.Optional(Type.String({ format: 'user-attribute-profile-id' })),
            allowed_strategies: Type.Array(
              Type.Enum(['pingfederate', 'adfs', 'waad', 'google-apps', 'okta', 'oidc', 'samlp']),
            ),
            connection_deletion_behavior: Type.Enum(['allow', 'allow_if_empty']),
            invitation_landing_client_id: Type.Optional(Type.String({ format: 'client-id' })),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    async_approval_notification_channels: Type.Optional(
      nullable(Type.Array(Type.Enum(['guardian-push', 'email']), { minItems: 1 })),
    ),
    third_party_security_mode: Type.Optional(Type.Enum(['strict', 'permissive'])),
    redirection_policy: Type.Optional(Type.Enum(['allow_always', 'open_redirect_protection'])),
  },
  { minProperties: 1, additionalProperties: false },
)
