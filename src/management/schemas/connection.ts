import Type from 'typebox'

const closed = { additionalProperties: false } as const
const connection_id = Type.String({ format: 'connection-id', minLength: 1, maxLength: 50 })

/** How an organization uses a connection. */
export const connectionMembers = {
  assign_membership_on_login: Type.Optional(Type.Boolean()),
  show_as_button: Type.Optional(Type.Boolean()),
  is_signup_enabled: Type.Optional(Type.Boolean()),
}

const allMembers = {
  organization_connection_name: Type.Optional(Type.String({ minLength: 1, maxLength: 50, pattern: '^[^\u0000]*$' })),
  ...connectionMembers,
  organization_access_level: Type.Optional(Type.Enum(['none', 'readonly', 'limited', 'full'])),
  is_enabled: Type.Optional(Type.Boolean()),
}

/** `POST /organizations/:id/connections`. */
export const CreateOrganizationAllConnection = Type.Object({ ...allMembers, connection_id }, closed)

/** `POST /organizations/:id/enabled_connections`. */
export const AddOrganizationConnection = Type.Object({ connection_id, ...connectionMembers }, closed)

const Connection = Type.Object({ name: Type.Optional(Type.String()), strategy: Type.Optional(Type.String()) })

/** A connection of an organization as Auth0 answers it. */
export const OrganizationAllConnectionAnswer = Type.Object({
  ...allMembers,
  connection_id: Type.String(),
  connection: Type.Optional(Connection),
})

/** A connection that an organization has enabled, as Auth0 answers it. */
export const OrganizationConnectionAnswer = Type.Object({
  ...connectionMembers,
  connection_id: Type.Optional(Type.String()),
  connection: Type.Optional(Connection),
})

const DomainStatus = Type.Enum(['pending', 'verified'])

/** `POST /organizations/:id/discovery-domains`. */
export const CreateOrganizationDiscoveryDomain = Type.Object(
  {
    domain: Type.String({ minLength: 3, maxLength: 255 }),
    status: Type.Optional(DomainStatus),
    use_for_organization_discovery: Type.Optional(Type.Boolean()),
  },
  closed,
)

/** A discovery domain as Auth0 answers it. */
export const DiscoveryDomainAnswer = Type.Object({
  id: Type.String(),
  domain: Type.String(),
  status: DomainStatus,
  use_for_organization_discovery: Type.Optional(Type.Boolean()),
  verification_txt: Type.String(),
  verification_host: Type.String(),
})
