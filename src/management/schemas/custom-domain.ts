import Type from 'typebox'
import { nullable } from './nullable.ts'

export const CustomDomainCustomClientIpHeader = nullable(
  Type.Enum(['true-client-ip', 'cf-connecting-ip', 'x-forwarded-for', 'x-azure-clientip', '']),
)

export const DomainMetadata = Type.Record(Type.String(), nullable(Type.String({ maxLength: 255 })), {
  maxProperties: 10,
})

export const CreateCustomDomain = Type.Object(
  {
    domain: Type.String({
      minLength: 3,
      maxLength: 255,
      pattern:
        '^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]{0,61}[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9])$',
    }),
    type: Type.Enum(['auth0_managed_certs', 'self_managed_certs']),
    verification_method: Type.Optional(Type.Enum(['txt'])),
    tls_policy: Type.Optional(Type.Enum(['recommended'])),
    custom_client_ip_header: Type.Optional(CustomDomainCustomClientIpHeader),
    domain_metadata: Type.Optional(DomainMetadata),
    relying_party_identifier: Type.Optional(Type.String({ format: 'hostname', maxLength: 255 })),
  },
  { additionalProperties: false },
)

export const SetDefaultCustomDomain = Type.Object(
  { domain: Type.String({ minLength: 3, maxLength: 255 }) },
  { additionalProperties: false },
)

export const UpdateCustomDomain = Type.Object(
  {
    tls_policy: Type.Optional(Type.Enum(['recommended'])),
    custom_client_ip_header: Type.Optional(CustomDomainCustomClientIpHeader),
    domain_metadata: Type.Optional(DomainMetadata),
    relying_party_identifier: Type.Optional(nullable(Type.String({ format: 'hostname', maxLength: 255 }))),
  },
  { additionalProperties: false },
)
