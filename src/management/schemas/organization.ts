import Type from 'typebox'
import { byName } from './by-name.ts'
import { connectionMembers, OrganizationConnectionAnswer } from './connection.ts'
import { listAnswer } from './list-answer.ts'
import { nullable } from './nullable.ts'
import { CreateTokenQuota, TokenQuotaClientCredentials } from './token-quota.ts'

const closed = { additionalProperties: false } as const
const name = Type.String({ format: 'organization-name', minLength: 1, maxLength: 50 })

const Branding = Type.Object(
  {
    logo_url: Type.Optional(nullable(Type.String({ format: 'strict-https-uri-or-null' }))),
    colors: Type.Optional(
      Type.Object(
        { primary: Type.String({ format: 'html-color' }), page_background: Type.String({ format: 'html-color' }) },
        closed,
      ),
    ),
  },
  closed,
)

const metadataValue = Type.String({ maxLength: 255 })

const members = {
  display_name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  branding: Type.Optional(Branding),
  metadata: Type.Optional(
    byName(nullable(metadataValue), {
      maxProperties: 25,
      propertyNames: { maxLength: 255 },
    }),
  ),
  // What Auth0 takes and its schema lacks.
  third_party_client_access: Type.Optional(Type.Enum(['allow', 'block'])),
  is_app_entitlement_active: Type.Optional(Type.Boolean()),
}

/** `POST /organizations`. @see Auth0 Docs, Management API "Create an Organization" */
export const CreateOrganization = Type.Object(
  {
    name,
    ...members,
    enabled_connections: Type.Optional(
      Type.Array(Type.Object({ connection_id: Type.String(), ...connectionMembers }, closed)),
    ),
    token_quota: Type.Optional(CreateTokenQuota),
  },
  closed,
)

/** `PATCH /organizations/:id`. @see Auth0 Docs, Management API "Modify an Organization" */
export const UpdateOrganization = Type.Object(
  {
    name: Type.Optional(name),
    ...members,
    token_quota: Type.Optional(nullable(Type.Object({ client_credentials: TokenQuotaClientCredentials }, closed))),
  },
  closed,
)

const answered = {
  id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  ...members,
  metadata: Type.Optional(Type.Record(Type.String(), metadataValue)),
  token_quota: Type.Optional(CreateTokenQuota),
}

/** An organization as it is answered. */
export const OrganizationAnswer = Type.Object(answered)

/** An organization that was just made; Auth0 names the connections it was made with. */
export const CreatedOrganizationAnswer = Type.Object({
  ...answered,
  enabled_connections: Type.Optional(Type.Array(OrganizationConnectionAnswer)),
})

/** `GET /organizations`, and the organizations of a client grant. */
export const OrganizationList = listAnswer('organizations', OrganizationAnswer)
