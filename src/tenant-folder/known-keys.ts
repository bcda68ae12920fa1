/** The objects of a tenant folder that this server reads. */
export type ObjectKind =
  | 'tenant'
  | 'client'
  | 'jwtConfiguration'
  | 'resourceServer'
  | 'tokenEncryption'
  | 'encryptionKey'
  | 'scope'
  | 'clientGrant'
  | 'organization'
  | 'organizationClientGrant'
  | 'defaultOrganization'
  | 'action'
  | 'actionModule'
  | 'dependency'
  | 'pinnedModule'
  | 'secret'
  | 'supportedTrigger'
  | 'binding'
  | 'credential'
  | 'federatedIssuer'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''))

/**
 * The keys that each object may have: those of the Management API's schemas, those that Auth0 accepts without having
 * them there, and those that the Deploy CLI adds in its files. Any other key is kept, with a warning.
 *
 * @see Auth0 Docs, Management API: "Create a client", "Create a resource server", "Create client grant",
 *   "Create an organization", "Create an action", "Update tenant settings"
 */
export const knownKeys: Readonly<Record<ObjectKind, ReadonlySet<string>>> = {
  tenant: words(`
    acr_values_supported allow_organization_name_in_authentication_api allowed_logout_urls
    authorization_response_iss_parameter_supported change_password client_id_metadata_document_supported country_codes
    customize_mfa_in_postlogin_action default_audience default_directory default_redirection_uri default_token_quota
    device_flow dynamic_client_registration_security_mode enable_ai_guide enabled_locales ephemeral_session_lifetime
    ephemeral_session_lifetime_in_minutes error_page flags friendly_name guardian_mfa_page
    idle_ephemeral_session_lifetime idle_ephemeral_session_lifetime_in_minutes idle_session_lifetime
    idle_session_lifetime_in_minutes include_session_metadata_in_tenant_logs legacy_sandbox_version mtls oidc_logout
    phone_consolidated_experience picture_url pushed_authorization_requests_supported resource_parameter_profile
    sandbox_version sandbox_versions_available security_headers session_cookie session_lifetime
    session_lifetime_in_minutes sessions skip_non_verifiable_callback_uri_confirmation_prompt support_email support_url
    universal_login`),
  client: words(`
    addons allowed_clients allowed_logout_urls allowed_origins app_type async_approval_notification_channels callbacks
    client_aliases client_authentication_methods client_id client_metadata client_secret compliance_level
    cross_origin_auth cross_origin_authentication cross_origin_loc custom_login_page custom_login_page_on
    custom_login_page_preview default_organization description encryption_key express_configuration external_client_id
    external_metadata_created_by external_metadata_type fedcm_login form_template global grant_types
    identity_assertion_authorization_grant initiate_login_uri is_first_party is_token_endpoint_ip_header_trusted
    jwks_uri jwt_configuration logo_uri mobile my_organization_configuration name native_social_login
    oidc_backchannel_logout oidc_conformant oidc_logout organization_discovery_methods organization_require_behavior
    organization_usage par_request_expiry redirection_policy refresh_token require_proof_of_possession
    require_pushed_authorization_requests resource_server_identifier session_transfer signed_request_object
    signing_keys skip_non_verifiable_callback_uri_confirmation_prompt sso sso_disabled tenant
    third_party_security_mode token_endpoint_auth_method token_exchange token_lifetime token_quota token_vault_privileged_access
    web_origins`),
  jwtConfiguration: words('alg lifetime_in_seconds scopes secret_encoded'),
  resourceServer: words(`
    allow_offline_access allow_online_access allow_online_access_with_ephemeral_sessions authorization_details
    authorization_policy client_id consent_policy enforce_policies identifier is_system name proof_of_possession
    scope_narrowing scopes signing_alg signing_secret skip_consent_for_verifiable_first_party_clients subject_type_authorization
    token_dialect token_encryption token_lifetime token_lifetime_for_web`),
  tokenEncryption: words('encryption_key format'),
  encryptionKey: words('alg kid name pem thumbprint_sha256'),
  scope: words('description value'),
  clientGrant: words(`
    allow_all_scopes allow_any_organization audience authorization_details_types client_id default_for is_system
    organization_usage scope subject_type`),
  organization: words(`
    branding client_grants clients connections discovery_domains display_name enabled_connections
    is_app_entitlement_active metadata name third_party_client_access token_quota`),
  organizationClientGrant: words('audience client_id grant_id'),
  defaultOrganization: words('flows organization_id'),
  action: words(`
    code dependencies deploy deployed installed_integration_id integration modules name runtime secrets status
    supported_triggers`),
  actionModule: words(`
    actions_using_module_total all_changes_published bound_actions_total code created_at dependencies id
    latest_version latest_version_number name secrets updated_at`),
  dependency: words('name registry_url version'),
  pinnedModule: words('module_id module_name module_version_id module_version_number'),
  secret: words('name updated_at value'),
  supportedTrigger: words('binding_policy compatible_triggers default_runtime id runtimes status version'),
  binding: words('action_name display_name'),
  credential: words('alg credential_type expires_at id kid name parse_expiry_from_cert pem subject_dn'),
  federatedIssuer: words(`
    algorithms audience issuer jwks jwks_uri max_lifetime required_claims reusable subject subject_pattern`),
}
