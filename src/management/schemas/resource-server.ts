import Type from 'typebox'
import { encryptionAlgorithms, encryptionFormat, limits, signingAlgorithms, tokenDialects } from '../../domain/index.ts'
import { listAnswer } from './list-answer.ts'
import { nullable } from './nullable.ts'

const closed = { additionalProperties: false } as const
const seconds = Type.Integer({ minimum: 0, maximum: limits.maxTokenLifetimeSeconds })
const name = Type.String({ maxLength: 200, pattern: '^[^<>]+$' })

const Scope = Type.Object(
  {
    value: Type.String({ minLength: 1, maxLength: limits.scopeLength }),
    description: Type.Optional(Type.String({ maxLength: 500 })),
  },
  closed,
)

const encryptionKeyProperties = {
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  alg: Type.Enum([...encryptionAlgorithms]),
  kid: Type.Optional(Type.String({ minLength: 1, maxLength: limits.encryptionKeyIdLength })),
  pem: Type.String({ minLength: 1, maxLength: 4096 }),
  // Of the answers; what was exported may be sent back as it is.
  thumbprint_sha256: Type.Optional(Type.String()),
}

const TokenEncryption = Type.Object(
  { format: Type.Enum([encryptionFormat]), encryption_key: Type.Object(encryptionKeyProperties, closed) },
  closed,
)

const UserAuthorization = Type.Object({
  policy: Type.Optional(Type.Enum(['allow_all', 'deny_all', 'require_client_grant'])),
})
const ClientAuthorization = Type.Object({ policy: Type.Optional(Type.Enum(['deny_all', 'require_client_grant'])) })

const SubjectTypes = Type.Object(
  {
    user: Type.Optional(UserAuthorization),
    client: Type.Optional(ClientAuthorization),
    anonymous_user: Type.Optional(ClientAuthorization),
  },
  closed,
)

/** What a caller sets of an API, but for its name and identifier. Some of it Auth0 takes and its schema lacks, or is ours: two algorithms, `scope_narrowing`. */
const settings = {
  scopes: Type.Optional(Type.Array(Scope, { maxItems: limits.scopes })),
  signing_alg: Type.Optional(Type.Enum([...signingAlgorithms])),
  signing_secret: Type.Optional(Type.String({ minLength: limits.signingSecretLength })),
  allow_offline_access: Type.Optional(Type.Boolean()),
  allow_online_access: Type.Optional(Type.Boolean()),
  allow_online_access_with_ephemeral_sessions: Type.Optional(Type.Boolean()),
  token_lifetime: Type.Optional(seconds),
  token_lifetime_for_web: Type.Optional(seconds),
  token_lifetime_for_anonymous_access_tokens: Type.Optional(nullable(seconds)),
  token_dialect: Type.Optional(Type.Enum([...tokenDialects])),
  skip_consent_for_verifiable_first_party_clients: Type.Optional(Type.Boolean()),
  enforce_policies: Type.Optional(Type.Boolean()),
  token_encryption: Type.Optional(nullable(TokenEncryption)),
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
        closed,
      ),
    ),
  ),
  subject_type_authorization: Type.Optional(SubjectTypes),
  authorization_policy: Type.Optional(
    nullable(Type.Object({ policy_id: Type.String({ minLength: 1, maxLength: 1024 }) }, closed)),
  ),
  scope_narrowing: Type.Optional(nullable(Type.Boolean())),
}

/** `POST /resource-servers`. @see Auth0 Docs, Management API "Create a resource server" */
export const CreateResourceServer = Type.Object(
  {
    name: Type.Optional(name),
    identifier: Type.String({ minLength: 1, maxLength: limits.identifierLength }),
    ...settings,
  },
  closed,
)

/** `PATCH /resource-servers/:id`: an identifier is for good. @see Auth0 Docs, Management API "Update a resource server" */
export const UpdateResourceServer = Type.Object({ name: Type.Optional(name), ...settings }, closed)

/** What of the Management API itself may be changed: nothing that would keep its tokens from being accepted. */
export const UpdateSystemResourceServer = Type.Object(
  {
    // Of tokens that end sooner nobody could use one to set it right again.
    token_lifetime: Type.Optional(Type.Integer({ minimum: 60, maximum: limits.maxTokenLifetimeSeconds })),
    token_lifetime_for_web: settings.token_lifetime_for_web,
    token_dialect: settings.token_dialect,
    // HS256 is not among them: whoever may read the API's secret could make tokens with every scope.
    signing_alg: Type.Optional(Type.Enum(signingAlgorithms.filter((alg) => alg !== 'HS256'))),
    skip_consent_for_verifiable_first_party_clients: settings.skip_consent_for_verifiable_first_party_clients,
    subject_type_authorization: Type.Optional(Type.Object({ user: Type.Optional(UserAuthorization) }, closed)),
  },
  closed,
)

/** An API as it is answered. */
export const ResourceServerAnswer = Type.Object({
  id: Type.Optional(Type.String()),
  is_system: Type.Optional(Type.Boolean()),
  identifier: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  ...settings,
  client_id: Type.Optional(Type.String()),
})

/** `GET /resource-servers`. */
export const ResourceServerList = listAnswer('resource_servers', ResourceServerAnswer, ['array', 'offset'])
