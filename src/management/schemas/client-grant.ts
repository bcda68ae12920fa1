import Type from 'typebox'
import { nullable } from './nullable.ts'

export const CreateClientGrant = Type.Object(
  {
    client_id: Type.Optional(Type.String()),
    audience: Type.String({ minLength: 1 }),
    default_for: Type.Optional(Type.Enum(['third_party_clients'])),
    organization_usage: Type.Optional(Type.Enum(['deny', 'allow', 'require'])),
    allow_any_organization: Type.Optional(Type.Boolean()),
    scope: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 280 }))),
    subject_type: Type.Optional(Type.Enum(['client', 'user'])),
    authorization_details_types: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }))),
    allow_all_scopes: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export const UpdateClientGrant = Type.Object(
  {
    scope: Type.Optional(nullable(Type.Array(Type.String({ minLength: 1, maxLength: 280 })))),
    organization_usage: Type.Optional(nullable(Type.Enum(['deny', 'allow', 'require']))),
    allow_any_organization: Type.Optional(nullable(Type.Boolean())),
    authorization_details_types: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }))),
    allow_all_scopes: Type.Optional(nullable(Type.Boolean())),
  },
  { minProperties: 1, additionalProperties: false },
)
