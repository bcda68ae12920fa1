import Type from 'typebox'
import { limits } from '../../domain/index.ts'
import { byName } from './by-name.ts'
import { ClientAddons } from './client-addons.ts'
import {
  AuthenticationMethods,
  CreateAuthenticationMethods,
  CreateSignedRequestObject,
  CreateTokenVaultPrivilegedAccess,
  SignedRequestObject,
  TokenVaultPrivilegedAccess,
} from './client-authentication.ts'
import {
  BackchannelLogout,
  CreateFedcmLogin,
  CreateNativeSocialLogin,
  ExpressConfiguration,
  FedcmLogin,
  Mobile,
  MyOrganizationConfiguration,
  NativeSocialLogin,
  SessionTransfer,
} from './client-login.ts'
import {
  Activation,
  DefaultOrganization,
  EncryptionKey,
  JwtConfiguration,
  RefreshToken,
  TokenExchange,
} from './client-tokens.ts'
import { listAnswer } from './list-answer.ts'
import { nullable } from './nullable.ts'
import { CreateTokenQuota } from './token-quota.ts'

const Name = Type.String({ pattern: '^[^<>]+$' })
const AuthMethod = Type.Enum(['none', 'client_secret_post', 'client_secret_basic'])
const OrganizationUsage = Type.Enum(['deny', 'allow', 'require'])
const OrganizationRequireBehavior = Type.Enum(['no_prompt', 'pre_login_prompt', 'post_login_prompt'])
const DiscoveryMethods = Type.Array(Type.Enum(['email', 'organization_name']), { minItems: 1 })
const NotificationChannels = Type.Array(Type.Enum(['guardian-push', 'email']), { minItems: 1 })

const metadata = (bounds: object) =>
  byName(nullable(Type.String({ maxLength: limits.clientMetadataLength })), {
    // Actions see it with every exchange.
    propertyNames: { maxLength: limits.clientMetadataLength },
    ...bounds,
  })

/** What a client is created and updated with alike. */
const clientProperties = {
  description: Type.Optional(Type.String({ maxLength: 140 })),
  logo_uri: Type.Optional(Type.String({ format: 'absolute-uri-or-empty' })),
  callbacks: Type.Optional(Type.Array(Type.String({ format: 'callback-url' }))),
  session_transfer: Type.Optional(nullable(SessionTransfer)),
  allowed_origins: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
  web_origins: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
  client_aliases: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  allowed_clients: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  allowed_logout_urls: Type.Optional(Type.Array(Type.String({ format: 'url-with-placeholders' }))),
  grant_types: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
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
  jwt_configuration: Type.Optional(JwtConfiguration),
  encryption_key: Type.Optional(nullable(EncryptionKey)),
  sso: Type.Optional(Type.Boolean()),
  cross_origin_authentication: Type.Optional(Type.Boolean()),
  sso_disabled: Type.Optional(Type.Boolean()),
  custom_login_page_on: Type.Optional(Type.Boolean()),
  initiate_login_uri: Type.Optional(Type.String({ format: 'absolute-https-uri-with-placeholders-or-empty' })),
  refresh_token: Type.Optional(nullable(RefreshToken)),
  default_organization: Type.Optional(nullable(DefaultOrganization)),
  require_pushed_authorization_requests: Type.Optional(Type.Boolean()),
  require_proof_of_possession: Type.Optional(Type.Boolean()),
  compliance_level: Type.Optional(
    nullable(Type.Enum(['none', 'fapi1_adv_pkj_par', 'fapi1_adv_mtls_par', 'fapi2_sp_pkj_mtls', 'fapi2_sp_mtls_mtls'])),
  ),
  par_request_expiry: Type.Optional(nullable(Type.Integer({ minimum: 10, maximum: 600 }))),
  third_party_security_mode: Type.Optional(Type.Enum(['strict', 'permissive'])),
  redirection_policy: Type.Optional(Type.Enum(['allow_always', 'open_redirect_protection'])),
  // Ours: Auth0 has no such member.
  token_lifetime: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: limits.maxTokenLifetimeSeconds }))),
}

/** Body of `POST /clients`. */
export const CreateClient = Type.Object(
  {
    ...clientProperties,
    name: Name,
    // Taken only to be refused in Auth0's words.
    client_id: Type.Optional(Type.Unknown()),
    oidc_logout: Type.Optional(BackchannelLogout),
    oidc_backchannel_logout: Type.Optional(BackchannelLogout),
    mobile: Type.Optional(Mobile),
    token_endpoint_auth_method: Type.Optional(AuthMethod),
    cross_origin_loc: Type.Optional(Type.String({ format: 'url' })),
    custom_login_page: Type.Optional(Type.String({ minLength: 1 })),
    custom_login_page_preview: Type.Optional(Type.String({ minLength: 1 })),
    form_template: Type.Optional(Type.String({ minLength: 1 })),
    addons: Type.Optional(ClientAddons),
    client_metadata: Type.Optional(metadata({ maxProperties: limits.clientMetadataKeys })),
    native_social_login: Type.Optional(CreateNativeSocialLogin),
    fedcm_login: Type.Optional(CreateFedcmLogin),
    organization_usage: Type.Optional(OrganizationUsage),
    organization_require_behavior: Type.Optional(OrganizationRequireBehavior),
    organization_discovery_methods: Type.Optional(DiscoveryMethods),
    client_authentication_methods: Type.Optional(CreateAuthenticationMethods),
    signed_request_object: Type.Optional(CreateSignedRequestObject),
    token_vault_privileged_access: Type.Optional(CreateTokenVaultPrivilegedAccess),
    skip_non_verifiable_callback_uri_confirmation_prompt: Type.Optional(Type.Boolean()),
    token_exchange: Type.Optional(TokenExchange),
    token_quota: Type.Optional(CreateTokenQuota),
    resource_server_identifier: Type.Optional(Type.String({ minLength: 1, maxLength: limits.identifierLength })),
    express_configuration: Type.Optional(ExpressConfiguration),
    my_organization_configuration: Type.Optional(MyOrganizationConfiguration),
    async_approval_notification_channels: Type.Optional(NotificationChannels),
    identity_assertion_authorization_grant: Type.Optional(Activation),
    anonymous_sessions: Type.Optional(Activation),
  },
  { additionalProperties: false },
)

/** Body of `PATCH /clients/:id`. Some members take a `null` that the published document does not have there; Auth0's API does. */
export const UpdateClient = Type.Object(
  {
    ...clientProperties,
    name: Type.Optional(Name),
    // RFC 6749 appendix A.2
    client_secret: Type.Optional(Type.String({ minLength: 1, pattern: '^[\\x20-\\x7e]*$', writeOnly: true })),
    oidc_logout: Type.Optional(nullable(BackchannelLogout)),
    oidc_backchannel_logout: Type.Optional(nullable(BackchannelLogout)),
    mobile: Type.Optional(nullable(Mobile)),
    token_endpoint_auth_method: Type.Optional(nullable(AuthMethod)),
    cross_origin_loc: Type.Optional(nullable(Type.String({ format: 'url-or-null' }))),
    custom_login_page: Type.Optional(Type.String()),
    custom_login_page_preview: Type.Optional(Type.String()),
    form_template: Type.Optional(Type.String()),
    addons: Type.Optional(nullable(ClientAddons)),
    // How many there are once they are merged is counted then.
    client_metadata: Type.Optional(metadata({})),
    native_social_login: Type.Optional(nullable(NativeSocialLogin)),
    fedcm_login: Type.Optional(nullable(FedcmLogin)),
    organization_usage: Type.Optional(nullable(OrganizationUsage)),
    organization_require_behavior: Type.Optional(nullable(OrganizationRequireBehavior)),
    organization_discovery_methods: Type.Optional(nullable(DiscoveryMethods)),
    client_authentication_methods: Type.Optional(nullable(AuthenticationMethods)),
    signed_request_object: Type.Optional(nullable(SignedRequestObject)),
    token_vault_privileged_access: Type.Optional(nullable(TokenVaultPrivilegedAccess)),
    skip_non_verifiable_callback_uri_confirmation_prompt: Type.Optional(nullable(Type.Boolean())),
    token_exchange: Type.Optional(nullable(TokenExchange)),
    token_quota: Type.Optional(nullable(CreateTokenQuota)),
    express_configuration: Type.Optional(nullable(ExpressConfiguration)),
    my_organization_configuration: Type.Optional(nullable(MyOrganizationConfiguration)),
    async_approval_notification_channels: Type.Optional(nullable(NotificationChannels)),
    identity_assertion_authorization_grant: Type.Optional(nullable(Activation)),
    anonymous_sessions: Type.Optional(nullable(Activation)),
  },
  { minProperties: 1, additionalProperties: false },
)

/** A client as it is answered, as far as the call may read it. */
export const ClientAnswer = Type.Object({
  ...UpdateClient.properties,
  client_id: Type.String(),
  name: Type.String(),
  // One from a folder may hold any character.
  client_secret: Type.Optional(Type.String()),
  tenant: Type.Optional(Type.String()),
  global: Type.Optional(Type.Boolean()),
  client_metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
  signing_keys: Type.Optional(
    Type.Array(Type.Object({ cert: Type.String(), pkcs7: Type.String(), subject: Type.String() })),
  ),
  callback_url_template: Type.Optional(Type.Boolean()),
  cross_origin_auth: Type.Optional(Type.Boolean()),
  /** In the answer of a creation alone. */
  encrypted: Type.Optional(Type.Boolean()),
  resource_server_identifier: Type.Optional(Type.String()),
  external_client_id: Type.Optional(Type.String()),
  external_metadata_type: Type.Optional(Type.String()),
  external_metadata_created_by: Type.Optional(Type.String()),
  jwks_uri: Type.Optional(Type.String()),
})

/** Clients, in the style that was asked for. */
export const ClientList = listAnswer('clients', ClientAnswer)

/** No connections: Auth0's answer has this one style; the others are for clients that ask for totals. */
export const ClientConnectionList = listAnswer('connections', Type.Object({}), ['checkpoint', 'offset'])
