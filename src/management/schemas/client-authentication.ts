import Type from 'typebox'
import { federatedAlgorithms, longestFederatedLifetime } from '../../domain/index.ts'
import { byName } from './by-name.ts'
import { CertificateCredential, CredentialId, PublicKeyCredential, SubjectCredential } from './client-credential.ts'

/** Ours: whose tokens prove the client. What else holds for one, the domain says. */
const FederatedIssuer = Type.Object(
  {
    issuer: Type.String({ minLength: 1 }),
    subject: Type.Optional(Type.String()),
    subject_pattern: Type.Optional(Type.String()),
    audience: Type.Optional(Type.String()),
    jwks_uri: Type.Optional(Type.String()),
    jwks: Type.Optional(Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) })),
    algorithms: Type.Optional(Type.Array(Type.Enum([...federatedAlgorithms]), { minItems: 1 })),
    max_lifetime: Type.Optional(Type.Integer({ minimum: 1, maximum: longestFederatedLifetime })),
    required_claims: Type.Optional(byName(Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
    reusable: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

const FederatedMethod = Type.Object({ issuers: Type.Array(FederatedIssuer) }, { additionalProperties: false })

/** Auth0 takes one method; `federated_jwt`, which is ours, may stand beside one. */
const oneOrTwo = { minProperties: 1, maxProperties: 2, additionalProperties: false }

/** How a new client proves itself, its credentials in full. */
export const CreateAuthenticationMethods = Type.Object(
  {
    private_key_jwt: Type.Optional(
      Type.Object({ credentials: Type.Array(PublicKeyCredential) }, { additionalProperties: false }),
    ),
    tls_client_auth: Type.Optional(
      Type.Object({ credentials: Type.Array(SubjectCredential) }, { additionalProperties: false }),
    ),
    self_signed_tls_client_auth: Type.Optional(
      Type.Object({ credentials: Type.Array(CertificateCredential) }, { additionalProperties: false }),
    ),
    federated_jwt: Type.Optional(FederatedMethod),
  },
  oneOrTwo,
)

const NamedCredentials = Type.Object({ credentials: Type.Array(CredentialId) }, { additionalProperties: false })

/** How a client proves itself, by credentials that it has already. */
export const AuthenticationMethods = Type.Object(
  {
    private_key_jwt: Type.Optional(NamedCredentials),
    tls_client_auth: Type.Optional(NamedCredentials),
    self_signed_tls_client_auth: Type.Optional(NamedCredentials),
    federated_jwt: Type.Optional(FederatedMethod),
  },
  oneOrTwo,
)

/** Keys that sign a new client's request objects. */
export const CreateSignedRequestObject = Type.Object(
  { required: Type.Optional(Type.Boolean()), credentials: Type.Optional(Type.Array(PublicKeyCredential)) },
  { additionalProperties: false },
)

/** Keys, of those that the client has, that sign its request objects. */
export const SignedRequestObject = Type.Object(
  { required: Type.Optional(Type.Boolean()), credentials: Type.Optional(Type.Array(CredentialId)) },
  { additionalProperties: false },
)

const vaultAccess = {
  ip_allowlist: Type.Optional(
    Type.Array(
      Type.Union([
        Type.String({ format: 'ipv4' }),
        Type.String({ format: 'ipv6' }),
        Type.String({ format: 'cidr' }),
        Type.String({ format: 'ipv6_cidr' }),
      ]),
    ),
  ),
  // Not in the published document; accepted all the same.
  grants: Type.Optional(
    Type.Array(
      Type.Object({ connection: Type.String(), scopes: Type.Array(Type.String()) }, { additionalProperties: false }),
    ),
  ),
}

/** A new client's privileged access to the token vault, which this server does not have. */
export const CreateTokenVaultPrivilegedAccess = Type.Object(
  { credentials: Type.Array(PublicKeyCredential), ...vaultAccess },
  { additionalProperties: false },
)

/** The same of a client that is there, by the credentials that it has. */
export const TokenVaultPrivilegedAccess = Type.Object(
  { credentials: Type.Array(CredentialId), ...vaultAccess },
  { additionalProperties: false },
)
