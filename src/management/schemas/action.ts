import Type from 'typebox'
import { triggerIds } from '../../domain/index.ts'
import { nullable } from './nullable.ts'

/** The id of one of Auth0's triggers. */
export const TriggerId = Type.Enum([...triggerIds])

/** A trigger that an action supports, as it may be sent: the members beside `id` and `version` are those of the list of triggers. */
export const ActionTrigger = Type.Object(
  {
    id: TriggerId,
    version: Type.Optional(Type.String()),
    status: Type.Optional(Type.String()),
    runtimes: Type.Optional(Type.Array(Type.String())),
    default_runtime: Type.Optional(Type.String()),
    compatible_triggers: Type.Optional(Type.Array(Type.Object({ id: TriggerId, version: Type.String() }))),
    binding_policy: Type.Optional(Type.Enum(['trigger-bound', 'entity-bound'])),
  },
  { additionalProperties: false },
)

/** An npm package that an action asks for. */
export const ActionVersionDependency = Type.Object(
  {
    name: Type.Optional(Type.String()),
    version: Type.Optional(Type.String()),
    registry_url: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

/** An action secret; without a value it keeps the one that is stored. */
export const ActionSecretRequest = Type.Object({
  name: Type.Optional(Type.String()),
  value: Type.Optional(Type.String()),
})

/** A version of a module that an action pins: by ids, or by its name and number. */
export const ActionModuleReference = Type.Object(
  {
    module_id: Type.Optional(Type.String()),
    module_name: Type.Optional(Type.String()),
    module_version_id: Type.Optional(Type.String()),
    module_version_number: Type.Optional(Type.Integer()),
  },
  { additionalProperties: false },
)

const contentProperties = {
  code: Type.Optional(Type.String()),
  dependencies: Type.Optional(Type.Array(ActionVersionDependency)),
  runtime: Type.Optional(Type.String()),
  secrets: Type.Optional(Type.Array(ActionSecretRequest)),
  modules: Type.Optional(Type.Array(ActionModuleReference)),
}

/** The body of `POST /actions/actions`. */
export const CreateAction = Type.Object(
  {
    name: Type.String(),
    supported_triggers: Type.Array(ActionTrigger, { minItems: 1 }),
    ...contentProperties,
    deploy: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** The body of `PATCH /actions/actions/:id`. */
export const UpdateAction = Type.Object(
  {
    name: Type.Optional(Type.String()),
    supported_triggers: Type.Optional(Type.Array(ActionTrigger, { minItems: 1 })),
    ...contentProperties,
  },
  { additionalProperties: false },
)

/** The body of `POST /actions/actions/:id/versions/:version/deploy`, which may be left out. */
export const DeployActionVersion = nullable(
  Type.Object({ update_draft: Type.Optional(Type.Boolean()) }, { additionalProperties: false }),
)

/** The body of `PATCH /actions/triggers/:trigger/bindings`. */
export const UpdateActionBindings = Type.Object(
  {
    bindings: Type.Optional(
      Type.Array(
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
      ),
    ),
  },
  { additionalProperties: false },
)

/** The parameters of a list of the actions service, which has one style of pages. */
export const actionPageParameters = {
  page: Type.Optional(Type.Integer({ minimum: 0 })),
  per_page: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
}
