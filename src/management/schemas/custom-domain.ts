import Type from 'typebox'
import { byName } from './by-name.ts'
import { nullable } from './nullable.ts'

const settable = {
  tls_policy: Type.Optional(Type.Enum(['recommended'])),
  custom_client_ip_header: Type.Optional(
    nullable(Type.Enum(['true-client-ip', 'cf-connecting-ip', 'x-forwarded-for', 'x-azure-clientip', ''])),
  ),
  domain_metadata: Type.Optional(byName(nullable(Type.String({ maxLength: 255 })), { maxProperties: 10 })),
  // Not in Auth0's document: its own answers hold it, and the deploy CLI sends it back. It decides nothing.
  origin_domain_name: Type.Optional(Type.String()),
}

const relyingParty = Type.String({ format: 'hostname', maxLength: 255 })

/** What making a custom domain takes. */
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
    ...settable,
    relying_party_identifier: Type.Optional(relyingParty),
  },
  { additionalProperties: false },
)

/** What a change of one takes. */
export const UpdateCustomDomain = Type.Object(
  { ...settable, relying_party_identifier: Type.Optional(nullable(relyingParty)) },
  { additionalProperties: false },
)

/** What naming the tenant's default domain takes. */
export const SetDefaultCustomDomain = Type.Object(
  { domain: Type.String({ minLength: 3, maxLength: 255 }) },
  { additionalProperties: false },
)

/** A custom domain as it is answered. */
export const CustomDomainAnswer = Type.Object({
  custom_domain_id: Type.String(),
  domain: Type.String(),
  primary: Type.Boolean(),
  is_default: Type.Boolean(),
  status: Type.Enum(['pending_verification', 'ready', 'failed']),
  type: Type.Enum(['auth0_managed_certs', 'self_managed_certs']),
  origin_domain_name: Type.Optional(Type.String()),
  verification: Type.Object({
    methods: Type.Array(Type.Object({ name: Type.String(), record: Type.String(), domain: Type.String() })),
    status: Type.Enum(['verified', 'pending', 'failed']),
    error_msg: Type.Optional(Type.String()),
    last_verified_at: Type.Optional(Type.String()),
  }),
  custom_client_ip_header: Type.Optional(Type.String()),
  tls_policy: Type.Optional(Type.String()),
  domain_metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
  relying_party_identifier: Type.Optional(Type.String()),
})

/** The tenant's default domain: a custom one in full, or the server's own by its name. */
export const DefaultDomainAnswer = Type.Union([CustomDomainAnswer, Type.Object({ domain: Type.String() })])
