import Type from 'typebox'
import { limits, subjectTypes } from '../../domain/index.ts'
import { listAnswer } from './list-answer.ts'
import { nullable } from './nullable.ts'

const closed = { additionalProperties: false } as const
const Scopes = Type.Array(Type.String({ minLength: 1, maxLength: limits.scopeLength }))
const OrganizationUsage = Type.Enum(['deny', 'allow', 'require'])
const DetailsTypes = Type.Array(Type.String({ minLength: 1, maxLength: 255 }))

/** Whom a default grant is for. */
export const DefaultFor = Type.Enum(['third_party_clients'])
/** Whose tokens a grant is for. */
export const SubjectType = Type.Enum([...subjectTypes])

const members = {
  client_id: Type.Optional(Type.String()),
  default_for: Type.Optional(DefaultFor),
  scope: Type.Optional(Scopes),
  organization_usage: Type.Optional(OrganizationUsage),
  allow_any_organization: Type.Optional(Type.Boolean()),
  subject_type: Type.Optional(SubjectType),
  authorization_details_types: Type.Optional(DetailsTypes),
  allow_all_scopes: Type.Optional(Type.Boolean()),
}

/** `POST /client-grants`. @see Auth0 Docs, Management API "Create client grant" */
export const CreateClientGrant = Type.Object({ audience: Type.String({ minLength: 1 }), ...members }, closed)

/** `PATCH /client-grants/:id`. @see Auth0 Docs, Management API "Update client grant" */
export const UpdateClientGrant = Type.Object(
  {
    scope: Type.Optional(nullable(Scopes)),
    organization_usage: Type.Optional(nullable(OrganizationUsage)),
    allow_any_organization: Type.Optional(nullable(Type.Boolean())),
    authorization_details_types: members.authorization_details_types,
    allow_all_scopes: Type.Optional(nullable(Type.Boolean())),
  },
  { minProperties: 1, ...closed },
)

/** A client grant as it is answered. */
export const ClientGrantAnswer = Type.Object({
  id: Type.Optional(Type.String()),
  audience: Type.Optional(Type.String()),
  is_system: Type.Optional(Type.Boolean()),
  ...members,
})

/** `GET /client-grants`. */
export const ClientGrantList = listAnswer('client_grants', ClientGrantAnswer)

/** `GET /organizations/:id/client-grants`. */
export const OrganizationClientGrantList = listAnswer('client_grants', ClientGrantAnswer, ['array', 'offset'])

/** `POST /organizations/:id/client-grants`. */
export const AssociateClientGrant = Type.Object({ grant_id: Type.String({ format: 'client-grant-id' }) }, closed)

/** What an association is answered with: the grant, its id under another name. */
export const AssociationAnswer = Type.Object({
  grant_id: Type.String(),
  client_id: members.client_id,
  audience: Type.Optional(Type.String()),
  scope: members.scope,
  organization_usage: members.organization_usage,
  allow_any_organization: members.allow_any_organization,
})
