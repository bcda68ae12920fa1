import Type from 'typebox'
import { ActionTrigger } from './action.ts'

const text = Type.Optional(Type.String())
const time = Type.Optional(Type.String({ format: 'date-time' }))

const Parameter = Type.Object({
  type: Type.Optional(Type.Enum(['UNSPECIFIED', 'STRING'])),
  name: text,
  required: Type.Optional(Type.Boolean()),
  optional: Type.Optional(Type.Boolean()),
  label: text,
  description: text,
  default_value: text,
  placeholder: text,
  options: Type.Optional(Type.Array(Type.Object({ value: text, label: text }))),
})

/** What an action of Auth0's marketplace comes from: for those who read the API's document, since there is none here. */
export const Integration = Type.Object({
  id: text,
  catalog_id: text,
  url_slug: text,
  partner_id: text,
  name: text,
  description: text,
  short_description: text,
  logo: text,
  feature_type: Type.Optional(
    Type.Enum(['unspecified', 'action', 'social_connection', 'log_stream', 'sso_integration', 'sms_provider']),
  ),
  terms_of_use_url: text,
  privacy_policy_url: text,
  public_support_link: text,
  current_release: Type.Optional(
    Type.Object({
      id: text,
      trigger: Type.Optional(ActionTrigger),
      semver: Type.Optional(
        Type.Object({ major: Type.Optional(Type.Integer()), minor: Type.Optional(Type.Integer()) }),
      ),
      required_secrets: Type.Optional(Type.Array(Parameter)),
      required_configuration: Type.Optional(Type.Array(Parameter)),
    }),
  ),
  created_at: time,
  updated_at: time,
})
