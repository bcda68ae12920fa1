import Type from 'typebox'
import { nullable } from './nullable.ts'

export const ActionTrigger = Type.Object(
  {
    id: Type.Enum([
      'post-login',
      'credentials-exchange',
      'pre-user-registration',
      'post-user-registration',
      'post-change-password',
      'send-phone-message',
      'custom-phone-provider',
      'custom-email-provider',
      'password-reset-post-challenge',
      'custom-token-exchange',
      'event-stream',
      'password-hash-migration',
      'login-post-identifier',
      'signup-post-identifier',
    ]),
    version: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
    runtimes: Type.Optional(Type.Array(Type.String())),
    default_runtime: Type.Optional(Type.String()),
    compatible_triggers: Type.Optional(
      Type.Array(
        Type.Object({
          id: Type.Enum([
            'post-login',
            'credentials-exchange',
            'pre-user-registration',
            'post-user-registration',
            'post-change-password',
            'send-phone-message',
            'custom-phone-provider',
            'custom-email-provider',
            'password-reset-post-challenge',
            'custom-token-exchange',
            'event-stream',
            'password-hash-migration',
            'login-post-identifier',
            'signup-post-identifier',
          ]),
          version: Type.String(),
        }),
      ),
    ),
    binding_policy: Type.Optional(Type.Enum(['trigger-bound', 'entity-bound'])),
  },
  { additionalProperties: false },
)

export const ActionVersionDependency = Type.Object(
  {
    name: Type.Optional(Type.String()),
    version: Type.Optional(Type.String()),
    registry_url: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

export const ActionSecretRequest = Type.Object({
  name: Type.Optional(Type.String()),
  value: Type.Optional(Type.String()),
})

export const ActionModuleReference = Type.Object(
  {
    module_id: Type.Optional(Type.String()),
    module_name: Type.Optional(Type.String()),
    module_version_id: Type.Optional(Type.String()),
    module_version_number: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
)

export const CreateAction = Type.Object(
  {
    name: Type.String(),
    supported_triggers: Type.Array(ActionTrigger, { minItems: 1 }),
    code: Type.Optional(Type.String()),
    dependencies: Type.Optional(Type.Array(ActionVersionDependency)),
    runtime: Type.Optional(Type.String()),
    secrets: Type.Optional(Type.Array(ActionSecretRequest)),
    modules: Type.Optional(Type.Array(ActionModuleReference)),
    deploy: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export const DeployActionVersion = nullable(
  Type.Object({ update_draft: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
)

export const UpdateAction = Type.Object(
  {
    name: Type.Optional(Type.String()),
    supported_triggers: Type.Optional(Type.Array(ActionTrigger, { minItems: 1 })),
    code: Type.Optional(Type.String()),
    dependencies: Type.Optional(Type.Array(ActionVersionDependency)),
    runtime: Type.Optional(Type.String()),
    secrets: Type.Optional(Type.Array(ActionSecretRequest)),
    modules: Type.Optional(Type.Array(ActionModuleReference)),
  },
  { additionalProperties: false },
)

export const TestAction = Type.Object(
  { payload: Type.Record(Type.String(), Type.Unknown()) },
  { additionalProperties: false },
)

export const UpdateActionBindings = Type.Object(
  {
    bindings: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Object(
            {
              ref: Type.Object({
                type: Type.Optional(Type.Enum(['binding_id', 'action_id', 'action_name'])),
                value: Type.Optional(Type.String()),
              }),
              display_name: Type.Optional(Type.String()),
              secrets: Type.Optional(Type.Array(ActionSecretRequest)),
            },
            { additionalProperties: false },
          ),
        ]),
      ),
    ),
  },
  { additionalProperties: false },
)
