import Type from 'typebox'
import { credentialAlgorithms, limits } from '../../domain/index.ts'
import { nullable } from './nullable.ts'

const Name = Type.String({ maxLength: limits.credentialNameLength })
const KeyId = Type.String({ minLength: 10, maxLength: 64, pattern: '^([0-9a-zA-Z-_]{10,64})$' })
const SubjectDn = Type.String({ minLength: 1, maxLength: limits.credentialSubjectLength })
const Time = Type.String({ format: 'date-time' })
/** Auth0's three, and two of ours. */
const Algorithm = Type.Enum([...credentialAlgorithms])

/** A public key that comes with its client. */
export const PublicKeyCredential = Type.Object(
  {
    credential_type: Type.Enum(['public_key']),
    name: Type.Optional(Name),
    pem: Type.String(),
    alg: Type.Optional(Algorithm),
    parse_expiry_from_cert: Type.Optional(Type.Boolean()),
    expires_at: Type.Optional(Time),
    kid: Type.Optional(KeyId),
  },
  { additionalProperties: false },
)

/** The subject of a certificate that comes with its client. */
export const SubjectCredential = Type.Object(
  {
    credential_type: Type.Enum(['cert_subject_dn']),
    name: Type.Optional(Name),
    subject_dn: Type.Optional(SubjectDn),
    pem: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  },
  { additionalProperties: false },
)

/** A certificate that comes with its client. */
export const CertificateCredential = Type.Object(
  {
    credential_type: Type.Enum(['x509_cert']),
    name: Type.Optional(Name),
    pem: Type.String({ minLength: 1, maxLength: 4096 }),
  },
  { additionalProperties: false },
)

/** A credential that its client has already. */
export const CredentialId = Type.Object(
  { id: Type.String({ format: 'credential-id' }) },
  { additionalProperties: false },
)

/** Body of `POST /clients/:client_id/credentials`. */
export const CreateClientCredential = Type.Object(
  {
    credential_type: Type.Enum(['public_key', 'cert_subject_dn', 'x509_cert']),
    name: Type.Optional(Name),
    subject_dn: Type.Optional(SubjectDn),
    pem: Type.Optional(Type.String()),
    alg: Type.Optional(Algorithm),
    parse_expiry_from_cert: Type.Optional(Type.Boolean()),
    expires_at: Type.Optional(Time),
    kid: Type.Optional(KeyId),
  },
  { additionalProperties: false },
)

/** Body of `PATCH /clients/:client_id/credentials/:credential_id`. */
export const UpdateClientCredential = Type.Object(
  { expires_at: Type.Optional(nullable(Time)) },
  { minProperties: 1, additionalProperties: false },
)

/** A credential as it is answered: never the key itself. */
export const ClientCredentialAnswer = Type.Object({
  id: Type.String(),
  credential_type: Type.Enum(['public_key', 'cert_subject_dn', 'x509_cert']),
  name: Type.Optional(Type.String()),
  kid: Type.Optional(Type.String()),
  alg: Type.Optional(Algorithm),
  subject_dn: Type.Optional(Type.String()),
  thumbprint_sha256: Type.Optional(Type.String()),
  created_at: Time,
  updated_at: Time,
  expires_at: Type.Optional(Time),
})
