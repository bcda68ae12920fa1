import Type from 'typebox'
import { nullable } from './nullable.ts'

export const ResourceServerScope = Type.Object(
  { value: Type.String({ minLength: 1, maxLength: 280 }), description: Type.Optional(Type.String({ maxLength: 500 })) },
  { additionalProperties: false },
)

export const ResourceServerTokenEncryptionKey = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    alg: Type.Enum(['RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512']),
    kid: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    pem: Type.String({ minLength: 1, maxLength: 4096 }),
  },
  { additionalProperties: false },
)

export const ResourceServerSubjectTypeAuthorization = Type.Object(
  {
    user: Type.Optional(
      Type.Object({ policy: Type.Optional(Type.Enum(['allow_all', 'deny_all', 'require_client_grant'])) }),
    ),
    client: Type.Optional(Type.Object({ policy: Type.Optional(Type.Enum(['deny_all', 'require_client_grant'])) })),
  },
  { additionalProperties: false },
)

export const CreateResourceServer = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^<>]+$' })),
    identifier: Type.String({ minLength: 1, maxLength: 600 }),
    scopes: Type.Optional(Type.Array(ResourceServerScope)),
    signing_alg: Type.Optional(Type.Enum(['HS256', 'RS256', 'RS512', 'PS256'])),
    signing_secret: Type.Optional(Type.String({ minLength: 16 })),
    allow_offline_access: Type.Optional(Type.Boolean()),
    allow_online_access: Type.Optional(Type.Boolean()),
    allow_online_access_with_ephemeral_sessions: Type.Optional(Type.Boolean()),
    token_lifetime: Type.Optional(Type.Integer({ minimum: 0, maximum: 2592000 })),
    token_dialect: Type.Optional(
      Type.Enum(['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz']),
    ),
    skip_consent_for_verifiable_first_party_clients: Type.Optional(Type.Boolean()),
    enforce_policies: Type.Optional(Type.Boolean()),
    token_encryption: Type.Optional(
      nullable(
        Type.Object(
          { format: Type.Enum(['compact-nested-jwe']), encryption_key: ResourceServerTokenEncryptionKey },
          { additionalProperties: false },
        ),
      ),
    ),
    consent_policy: Type.Optional(nullable(Type.Enum(['transactional-authorization-with-mfa']))),
    authorization_details: Type.Optional(nullable(Type.Array(Type.Unknown()))),
    proof_of_possession: Type.Optional(
      nullable(
        Type.Object(
          {
            mechanism: Type.Enum(['mtls', 'dpop']),
            required: Type.Boolean(),
            required_for: Type.Optional(Type.Enum(['public_clients', 'all_clients'])),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    subject_type_authorization: Type.Optional(ResourceServerSubjectTypeAuthorization),
    authorization_policy: Type.Optional(
      nullable(
        Type.Object({ policy_id: Type.String({ minLength: 1, maxLength: 1024 }) }, { additionalProperties: false }),
      ),
    ),
  },
  { additionalProperties: false },
)

export const UpdateResourceServer = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 200, pattern: '^[^<>]+$' })),
    scopes: Type.Optional(Type.Array(ResourceServerScope)),
    signing_alg: Type.Optional(Type.Enum(['HS256', 'RS256', 'RS512', 'PS256'])),
    signing_secret: Type.Optional(Type.String({ minLength: 16 })),
    skip_consent_for_verifiable_first_party_clients: Type.Optional(Type.Boolean()),
    allow_offline_access: Type.Optional(Type.Boolean()),
    allow_online_access: Type.Optional(Type.Boolean()),
    allow_online_access_with_ephemeral_sessions: Type.Optional(Type.Boolean()),
    token_lifetime: Type.Optional(Type.Integer({ minimum: 0, maximum: 2592000 })),
    token_dialect: Type.Optional(
      Type.Enum(['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz']),
    ),
    enforce_policies: Type.Optional(Type.Boolean()),
    token_encryption: Type.Optional(
      nullable(
        Type.Object(
          { format: Type.Enum(['compact-nested-jwe']), encryption_key: ResourceServerTokenEncryptionKey },
          { additionalProperties: false },
        ),
      ),
    ),
    consent_policy: Type.Optional(nullable(Type.Enum(['transactional-authorization-with-mfa']))),
    authorization_details: Type.Optional(nullable(Type.Array(Type.Unknown()))),
    proof_of_possession: Type.Optional(
      nullable(
        Type.Object(
          {
            mechanism: Type.Enum(['mtls', 'dpop']),
            required: Type.Boolean(),
            required_for: Type.Optional(Type.Enum(['public_clients', 'all_clients'])),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    subject_type_authorization: Type.Optional(ResourceServerSubjectTypeAuthorization),
    authorization_policy: Type.Optional(
      nullable(
        Type.Object({ policy_id: Type.String({ minLength: 1, maxLength: 1024 }) }, { additionalProperties: false }),
      ),
    ),
  },
  { additionalProperties: false },
)
