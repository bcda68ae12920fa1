import Type from 'typebox'

export const ActionModuleSecretRequest = Type.Object(
  {
    name: Type.String({ maxLength: 255, pattern: '^[^\u0000]*$' }),
    value: Type.String({ maxLength: 4096, pattern: '^[^\u0000]*$' }),
  },
  { additionalProperties: false },
)

export const ActionModuleDependencyRequest = Type.Object(
  {
    name: Type.String({ maxLength: 255, pattern: '^[^\u0000]*$' }),
    version: Type.String({ maxLength: 50, pattern: '^[^\u0000]*$' }),
  },
  { additionalProperties: false },
)

export const CreateActionModule = Type.Object(
  {
    name: Type.String({ maxLength: 255, pattern: '^[^\u0000]*$' }),
    code: Type.String({ maxLength: 65536, pattern: '^[^\u0000]*$' }),
    secrets: Type.Optional(Type.Array(ActionModuleSecretRequest)),
    dependencies: Type.Optional(Type.Array(ActionModuleDependencyRequest)),
    api_version: Type.Optional(Type.String({ maxLength: 20, pattern: '^[^\u0000]*$' })),
    publish: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export const UpdateActionModule = Type.Object(
  {
    code: Type.Optional(Type.String({ maxLength: 65536, pattern: '^[^\u0000]*$' })),
    secrets: Type.Optional(Type.Array(ActionModuleSecretRequest)),
    dependencies: Type.Optional(Type.Array(ActionModuleDependencyRequest)),
  },
  { additionalProperties: false },
)

export const RollbackActionModule = Type.Object({ module_version_id: Type.String() }, { additionalProperties: false })
