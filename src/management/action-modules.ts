import Type from 'typebox'
import {
  buildFailed,
  createModule,
  deleteModule,
  demandModule,
  getModuleVersion,
  listModuleVersions,
  publishModuleVersion,
  rollbackModule,
  updateModule,
} from '../deployment/index.ts'
import type { ActionModule, ActionModuleVersion } from '../domain/index.ts'
import type { Stored } from '../storage/index.ts'
import { actionsOf, modulePins } from './action-module-pins.ts'
import { moduleListItem, moduleVersionView, moduleView } from './action-module-views.ts'
import { answerActionPage, answerModulePage } from './action-page.ts'
import { operation } from './operation.ts'
import type { ManagementPorts } from './ports.ts'
import { actionPageParameters } from './schemas/action.ts'
import {
  ActionModuleActionsAnswer,
  ActionModuleAnswer,
  ActionModulesAnswer,
  ActionModuleVersionAnswer,
  ActionModuleVersionsAnswer,
  CreateActionModule,
  RollbackActionModule,
  UpdateActionModule,
} from './schemas/action-module.ts'

const service = 'actions'

const ListQuery = Type.Object(actionPageParameters, { additionalProperties: false })

/** `GET /actions/modules`. */
export const listActionModules = operation(
  { query: ListQuery, answer: ActionModulesAnswer, service },
  async ({ query }, { store }) => {
    const [modules, pins] = await Promise.all([store.actionModules.list(), modulePins(store)])
    return answerModulePage('modules', modules, query, (module) => moduleListItem(module, pins, store))
  },
)

/** `POST /actions/modules`. With `publish`, its first version is published before the answer, or it is refused and not created. */
export const createActionModule = operation(
  { body: CreateActionModule, status: 201, answer: ActionModuleAnswer, service },
  async ({ body }, ports) => {
    const { publish = false, name, code, secrets, dependencies } = body
    const given = {
      name,
      code,
      ...(secrets !== undefined && { secrets }),
      ...(dependencies !== undefined && { dependencies }),
    }
    const module = await createModule(given, ports)
    if (publish) await publishNew(module, ports)
    return moduleView(await demandModule(module.id, ports.store), ports.store)
  },
)

/** `GET /actions/modules/:id`. */
export const getActionModule = operation({ answer: ActionModuleAnswer, service }, async ({ params }, { store }) =>
  moduleView(await demandModule(params.id ?? '', store), store),
)

/** `PATCH /actions/modules/:id`. */
export const updateActionModule = operation(
  { body: UpdateActionModule, answer: ActionModuleAnswer, service },
  async ({ params, body }, ports) => moduleView(await updateModule(params.id ?? '', body, ports), ports.store),
)

/** `DELETE /actions/modules/:id`. */
export const deleteActionModule = operation({ status: 204, service }, async ({ params }, { store }) => {
  await deleteModule(params.id ?? '', { store })
})

/** `GET /actions/modules/:id/actions`: the actions that pin the module, each with the version of it that runs, or would. */
export const listActionModuleActions = operation(
  { query: ListQuery, answer: ActionModuleActionsAnswer, service },
  async ({ params, query }, { store }) => {
    const { id } = await demandModule(params.id ?? '', store)
    const actions = actionsOf(id, await modulePins(store))
    return answerActionPage('actions', actions, query, async ({ action, module_version_id }) => {
      const version = await store.actionModuleVersions.get(module_version_id)
      return {
        action_id: action.id,
        action_name: action.name,
        module_version_id,
        ...(version !== undefined && { module_version_number: version.version_number }),
      }
    })
  },
)

/** `GET /actions/modules/:id/versions`, the newest first. */
export const listActionModuleVersions = operation(
  { query: ListQuery, answer: ActionModuleVersionsAnswer, service },
  async ({ params, query }, { store }) =>
    answerModulePage('versions', await listModuleVersions(params.id ?? '', store), query, async (version) =>
      moduleVersionView(version),
    ),
)

/** `POST /actions/modules/:id/versions`: publishes the draft. */
export const createActionModuleVersion = operation(
  { answer: ActionModuleVersionAnswer, service },
  async ({ params }, ports) =>
    moduleVersionView(await publish(await demandModule(params.id ?? '', ports.store), ports)),
)

/** `GET /actions/modules/:id/versions/:version`. */
export const getActionModuleVersion = operation(
  { answer: ActionModuleVersionAnswer, service },
  async ({ params }, { store }) =>
    moduleVersionView(await getModuleVersion(params.id ?? '', params.version ?? '', store)),
)

/** `POST /actions/modules/:id/rollback`: a version becomes the draft. */
export const rollbackActionModule = operation(
  { body: RollbackActionModule, answer: ActionModuleAnswer, service },
  async ({ params, body }, ports) =>
    moduleView(await rollbackModule(params.id ?? '', body.module_version_id, ports), ports.store),
)

async function publish(module: ActionModule, ports: ManagementPorts): Promise<Stored<ActionModuleVersion>> {
  const publication = await publishModuleVersion(module.id, ports)
  if (publication.status === 'failed') throw buildFailed(module.name, publication.errors)
  return publication.version
}

async function publishNew(module: ActionModule, ports: ManagementPorts): Promise<void> {
  try {
    await publish(module, ports)
  } catch (error) {
    await deleteModule(module.id, ports)
    throw error
  }
}
