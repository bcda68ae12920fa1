import Type from 'typebox'
import { limits } from '../../domain/index.ts'
import { nullable } from './nullable.ts'

/** How a client's tokens are made. */
export const JwtConfiguration = Type.Object({
  // The access tokens of a third-party client live so long: no more than an API may say.
  lifetime_in_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxTokenLifetimeSeconds })),
  secret_encoded: Type.Optional(Type.Boolean()),
  scopes: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  alg: Type.Optional(Type.Enum(['HS256', 'RS256', 'RS512', 'PS256'])),
})

/** A key that tokens for the client are encrypted with. Kept and shown. */
export const EncryptionKey = Type.Object({
  pub: Type.Optional(Type.String()),
  cert: Type.Optional(Type.String()),
  subject: Type.Optional(Type.String()),
})

/** How refresh tokens live. Kept and shown: none is issued here. */
export const RefreshToken = Type.Object(
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
              audience: Type.String({ minLength: 1, maxLength: limits.identifierLength }),
              scope: Type.Array(Type.String({ minLength: 1, maxLength: limits.scopeLength })),
            },
            { additionalProperties: false },
          ),
          { minItems: 1 },
        ),
      ),
    ),
  },
  { additionalProperties: false },
)

/** Which token exchanges the client may ask for. Kept and shown. */
export const TokenExchange = Type.Object(
  {
    allow_any_profile_of_type: Type.Optional(
      Type.Array(Type.Enum(['custom_authentication', 'on_behalf_of_token_exchange'])),
    ),
  },
  { additionalProperties: false },
)

/** The organization that a client's tokens are for when the request names none. */
export const DefaultOrganization = Type.Object(
  {
    organization_id: Type.String({ format: 'organization-id' }),
    flows: Type.Array(Type.Enum(['client_credentials'])),
  },
  { additionalProperties: false },
)

/** A switch of the client. Kept and shown. */
export const Activation = Type.Object({ active: Type.Boolean() }, { additionalProperties: false })
