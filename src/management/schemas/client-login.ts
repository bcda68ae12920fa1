import Type from 'typebox'
import { nullable } from './nullable.ts'

// How people sign in to a client, or out of it. All of it is kept and shown; nothing here acts on it.

/** Where the end of a session is told. */
export const BackchannelLogout = Type.Object({
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

/** The apps of a native client. */
export const Mobile = Type.Object({
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

/** How a session is handed from a native app to a browser. */
export const SessionTransfer = Type.Object(
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
)

const oneAtLeast = { minProperties: 1, additionalProperties: false }
const SocialProvider = Type.Object({ enabled: Type.Optional(Type.Boolean()) }, oneAtLeast)
const FederatedProvider = Type.Object({ is_enabled: Type.Optional(Type.Boolean()) }, oneAtLeast)

/** Sign-in of native apps by the providers' own means. */
export const CreateNativeSocialLogin = Type.Object(
  {
    apple: Type.Optional(SocialProvider),
    facebook: Type.Optional(SocialProvider),
    google: Type.Optional(SocialProvider),
  },
  oneAtLeast,
)

/** The same of a client that is there: `null` takes a provider away. */
export const NativeSocialLogin = Type.Object(
  {
    apple: Type.Optional(nullable(SocialProvider)),
    facebook: Type.Optional(nullable(SocialProvider)),
    google: Type.Optional(nullable(SocialProvider)),
  },
  oneAtLeast,
)

/** Sign-in by the browser's own dialogue (FedCM). */
export const CreateFedcmLogin = Type.Object({ google: Type.Optional(FederatedProvider) }, oneAtLeast)

/** The same of a client that is there. */
export const FedcmLogin = Type.Object({ google: Type.Optional(nullable(FederatedProvider)) }, oneAtLeast)

/** Of a client that other tenants' administrators set up by themselves. */
export const ExpressConfiguration = Type.Object(
  {
    initiate_login_uri_template: Type.String({ format: 'ec-initiate-login-uri-template-url' }),
    user_attribute_profile_id: Type.String({ format: 'user-attribute-profile-id' }),
    connection_profile_id: Type.String({ format: 'connection-profile-id' }),
    enable_client: Type.Boolean(),
    enable_organization: Type.Boolean(),
    linked_clients: Type.Optional(
      Type.Array(Type.Object({ client_id: Type.String({ format: 'client-id' }) }, { additionalProperties: false })),
    ),
    okta_oin_client_id: Type.String({ format: 'client-id' }),
    admin_login_domain: Type.String({ minLength: 1 }),
    oin_submission_id: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
)

/** Of a client by which members of an organization manage it. */
export const MyOrganizationConfiguration = Type.Object(
  {
    connection_profile_id: Type.Optional(Type.String({ format: 'connection-profile-id' })),
    user_attribute_profile_id: Type.Optional(Type.String({ format: 'user-attribute-profile-id' })),
    allowed_strategies: Type.Array(Type.Enum(['pingfederate', 'adfs', 'waad', 'google-apps', 'okta', 'oidc', 'samlp'])),
    connection_deletion_behavior: Type.Enum(['allow', 'allow_if_empty']),
    invitation_landing_client_id: Type.Optional(Type.String({ format: 'client-id' })),
  },
  { additionalProperties: false },
)
