import Type from 'typebox'
import { nullable } from './nullable.ts'
import { CreateTokenQuota, TokenQuotaClientCredentials } from './token-quota.ts'

export const OrganizationBranding = Type.Object(
  {
    logo_url: Type.Optional(Type.String({ format: 'strict-https-uri-or-null' })),
    colors: Type.Optional(
      Type.Object(
        { primary: Type.String({ format: 'html-color' }), page_background: Type.String({ format: 'html-color' }) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

export const OrganizationMetadata = Type.Record(Type.String(), nullable(Type.String({ maxLength: 255 })), {
  maxProperties: 25,
})

export const CreateOrganization = Type.Object(
  {
    name: Type.String({ format: 'organization-name', minLength: 1, maxLength: 50 }),
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    branding: Type.Optional(OrganizationBranding),
    metadata: Type.Optional(OrganizationMetadata),
    enabled_connections: Type.Optional(
      Type.Array(
        Type.Object(
          {
            connection_id: Type.String(),
            assign_membership_on_login: Type.Optional(Type.Boolean()),
            show_as_button: Type.Optional(Type.Boolean()),
            is_signup_enabled: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    token_quota: Type.Optional(CreateTokenQuota),
  },
  { additionalProperties: false },
)

export const UpdateOrganization = Type.Object(
  {
    display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    name: Type.Optional(Type.String({ format: 'organization-name', minLength: 1, maxLength: 50 })),
    branding: Type.Optional(OrganizationBranding),
    metadata: Type.Optional(OrganizationMetadata),
    token_quota: Type.Optional(
      nullable(Type.Object({ client_credentials: TokenQuotaClientCredentials }, { additionalProperties: false })),
    ),
  },
  { additionalProperties: false },
)

export const AssociateOrganizationClientGrant = Type.Object(
  { grant_id: Type.String({ format: 'client-grant-id' }) },
  { additionalProperties: false },
)

export const CreateOrganizationAllConnection = Type.Object(
  {
    organization_connection_name: Type.Optional(Type.String({ minLength: 1, maxLength: 50, pattern: '^[^\u0000]*$' })),
    assign_membership_on_login: Type.Optional(Type.Boolean()),
    show_as_button: Type.Optional(Type.Boolean()),
    is_signup_enabled: Type.Optional(Type.Boolean()),
    organization_access_level: Type.Optional(Type.Enum(['none', 'readonly', 'limited', 'full'])),
    is_enabled: Type.Optional(Type.Boolean()),
    connection_id: Type.String({ format: 'connection-id', minLength: 1, maxLength: 50 }),
  },
  { additionalProperties: false },
)

export const CreateOrganizationDiscoveryDomain = Type.Object(
  {
    domain: Type.String({ minLength: 3, maxLength: 255 }),
    status: Type.Optional(Type.Enum(['pending', 'verified'])),
    use_for_organization_discovery: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export const AddOrganizationConnection = Type.Object(
  {
    connection_id: Type.String({ format: 'connection-id' }),
    assign_membership_on_login: Type.Optional(Type.Boolean()),
    is_signup_enabled: Type.Optional(Type.Boolean()),
    show_as_button: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
