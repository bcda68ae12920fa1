import Type from 'typebox'
import { limits } from '../../domain/index.ts'
import { ActionTrigger } from './action.ts'

/** A text without the character that no database of texts can hold. */
function plainText(maxLength: number) {
  return Type.String({ maxLength, pattern: '^[^\\u0000]*$' })
}

/** A secret of a module. */
export const ActionModuleSecretRequest = Type.Object(
  { name: plainText(limits.moduleSecretNameLength), value: plainText(limits.actionSecretValueLength) },
  { additionalProperties: false },
)

/** An npm package that a module asks for. */
export const ActionModuleDependencyRequest = Type.Object(
  { name: plainText(255), version: plainText(limits.dependencyVersionLength) },
  { additionalProperties: false },
)

const listProperties = {
  secrets: Type.Optional(Type.Array(ActionModuleSecretRequest)),
  dependencies: Type.Optional(Type.Array(ActionModuleDependencyRequest)),
}

/** The body of `POST /actions/modules`. */
export const CreateActionModule = Type.Object(
  {
    name: plainText(limits.moduleNameLength),
    code: plainText(limits.moduleCodeLength),
    ...listProperties,
    api_version: Type.Optional(plainText(20)),
    publish: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** The body of `PATCH /actions/modules/:id`. */
export const UpdateActionModule = Type.Object(
  { code: Type.Optional(plainText(limits.moduleCodeLength)), ...listProperties },
  { additionalProperties: false },
)

/** The body of `POST /actions/modules/:id/rollback`. */
export const RollbackActionModule = Type.Object({ module_version_id: Type.String() }, { additionalProperties: false })

const time = Type.String({ format: 'date-time' })

const contentAnswer = {
  code: Type.String(),
  dependencies: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
  secrets: Type.Array(Type.Object({ name: Type.String(), updated_at: time })),
}

const moduleAnswer = {
  id: Type.String(),
  name: Type.String(),
  ...contentAnswer,
  all_changes_published: Type.Boolean(),
  actions_using_module_total: Type.Integer(),
  latest_version_number: Type.Optional(Type.Integer()),
  created_at: time,
  updated_at: time,
}

const pageMembers = { total: Type.Integer(), page: Type.Integer(), per_page: Type.Integer() }

/** A module. */
export const ActionModuleAnswer = Type.Object({
  ...moduleAnswer,
  latest_version: Type.Optional(
    Type.Object({
      id: Type.String(),
      version_number: Type.Integer(),
      ...contentAnswer,
      created_at: Type.Optional(time),
    }),
  ),
})

/** A page of modules. */
export const ActionModulesAnswer = Type.Object({
  modules: Type.Array(Type.Object(moduleAnswer)),
  ...pageMembers,
})

/** A published version of a module. */
export const ActionModuleVersionAnswer = Type.Object({
  id: Type.String(),
  module_id: Type.String(),
  version_number: Type.Integer(),
  ...contentAnswer,
  created_at: time,
})

/** A page of a module's versions. */
export const ActionModuleVersionsAnswer = Type.Object({
  versions: Type.Array(ActionModuleVersionAnswer),
  ...pageMembers,
})

/** A page of the actions that pin a module. */
export const ActionModuleActionsAnswer = Type.Object({
  actions: Type.Array(
    Type.Object({
      action_id: Type.String(),
      action_name: Type.String(),
      module_version_id: Type.String(),
      module_version_number: Type.Integer(),
      supported_triggers: Type.Optional(Type.Array(ActionTrigger)),
    }),
  ),
  total: Type.Optional(Type.Integer()),
  page: Type.Optional(Type.Integer()),
  per_page: Type.Integer(),
})
