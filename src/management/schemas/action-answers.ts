import Type from 'typebox'
import { ActionTrigger, ActionVersionDependency, TriggerId } from './action.ts'
import { Integration } from './integration.ts'

const time = Type.String({ format: 'date-time' })
const buildStatus = Type.Enum(['pending', 'building', 'packaged', 'built', 'retrying', 'failed'])
const supportedTriggers = Type.Array(ActionTrigger)
const secrets = Type.Array(Type.Object({ name: Type.String(), updated_at: time }))
const errors = Type.Array(Type.Object({ id: Type.String(), msg: Type.String(), url: Type.Optional(Type.String()) }))
const modules = Type.Array(
  Type.Object({
    module_id: Type.String(),
    module_name: Type.Optional(Type.String()),
    module_version_id: Type.String(),
    module_version_number: Type.Optional(Type.Integer()),
  }),
)

const baseProperties = {
  id: Type.String(),
  name: Type.String(),
  supported_triggers: supportedTriggers,
  created_at: time,
  updated_at: time,
  all_changes_deployed: Type.Boolean(),
}

const versionProperties = {
  id: Type.String(),
  action_id: Type.Optional(Type.String()),
  code: Type.String(),
  dependencies: Type.Array(ActionVersionDependency),
  deployed: Type.Boolean(),
  number: Type.Integer(),
  built_at: Type.Optional(time),
  secrets,
  modules: Type.Optional(modules),
  status: buildStatus,
  errors: Type.Optional(errors),
  created_at: time,
  updated_at: time,
  runtime: Type.String(),
  supported_triggers: supportedTriggers,
}

const CurrentVersion = Type.Object({
  id: Type.String(),
  code: Type.String(),
  runtime: Type.String(),
  status: Type.Enum(['PENDING', 'BUILT']),
  number: Type.Integer(),
  build_time: time,
  created_at: time,
  updated_at: time,
})

const contentProperties = {
  code: Type.String(),
  dependencies: Type.Array(ActionVersionDependency),
  runtime: Type.String(),
  status: buildStatus,
  secrets,
}

/** What only some actions have; the last four are in no answer of this server. */
const furtherProperties = {
  modules: Type.Optional(modules),
  errors: Type.Optional(errors),
  current_version: Type.Optional(CurrentVersion),
  deployed_version: Type.Optional(
    Type.Object({ ...versionProperties, action: Type.Optional(Type.Object(baseProperties)) }),
  ),
  built_at: Type.Optional(time),
  deploy: Type.Optional(Type.Boolean()),
  installed_integration_id: Type.Optional(Type.String()),
  integration: Type.Optional(Integration),
}

/** An action. */
export const ActionAnswer = Type.Object({ ...baseProperties, ...contentProperties, ...furtherProperties })

/** A version of an action, with the action it is of. */
export const ActionVersionAnswer = Type.Object({ ...versionProperties, action: Type.Object(baseProperties) })

const pageMembers = {
  total: Type.Optional(Type.Integer()),
  page: Type.Optional(Type.Integer()),
  per_page: Type.Integer(),
}

/** A page of actions. */
export const ActionsAnswer = Type.Object({ actions: Type.Array(ActionAnswer), ...pageMembers })

/** A page of an action's versions. */
export const ActionVersionsAnswer = Type.Object({ versions: Type.Array(ActionVersionAnswer), ...pageMembers })

const Binding = Type.Object({
  id: Type.String(),
  trigger_id: TriggerId,
  action: Type.Object({
    ...baseProperties,
    ...Type.Partial(Type.Object(contentProperties)).properties,
    ...furtherProperties,
  }),
  created_at: time,
  updated_at: time,
  display_name: Type.String(),
})

/** All bindings of a trigger. */
export const ActionBindingsAnswer = Type.Object({ bindings: Type.Array(Binding) })

/** A page of a trigger's bindings. */
export const ActionBindingsPageAnswer = Type.Object({ bindings: Type.Array(Binding), ...pageMembers })

/** The triggers, one entry for each version. */
export const TriggersAnswer = Type.Object({ triggers: Type.Array(ActionTrigger) })

/** An execution of a trigger. */
export const ExecutionAnswer = Type.Object({
  id: Type.String(),
  trigger_id: TriggerId,
  status: Type.Enum(['unspecified', 'pending', 'final', 'partial', 'canceled', 'suspended']),
  results: Type.Array(
    Type.Object({
      action_name: Type.String(),
      error: Type.Optional(Type.Object({ id: Type.String(), msg: Type.String(), url: Type.Optional(Type.String()) })),
      started_at: time,
      ended_at: time,
    }),
  ),
  created_at: time,
  updated_at: time,
})
