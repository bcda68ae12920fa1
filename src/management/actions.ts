import Type from 'typebox'
import {
  createAction as createDraft,
  demandAction,
  deployAction as deployDraft,
  deleteAction as removeAction,
  updateAction as updateDraft,
} from '../deployment/index.ts'
import type { Action } from '../domain/index.ts'
import type { Stored } from '../storage/index.ts'
import { buildInBackground } from './action-builds.ts'
import { answerActionPage } from './action-page.ts'
import { actionView } from './action-views.ts'
import { readContent, readTriggers } from './given-content.ts'
import { operation } from './operation.ts'
import type { ManagementPorts } from './ports.ts'
import { actionPageParameters, CreateAction, TriggerId, UpdateAction } from './schemas/action.ts'
import { ActionAnswer, ActionsAnswer } from './schemas/action-answers.ts'

const service = 'actions'

const ListQuery = Type.Object(
  {
    ...actionPageParameters,
    triggerId: Type.Optional(TriggerId),
    actionName: Type.Optional(Type.String()),
    deployed: Type.Optional(Type.Boolean()),
    installed: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** `GET /actions/actions`. None is from the marketplace. */
export const listActions = operation(
  { query: ListQuery, answer: ActionsAnswer, service },
  async ({ query }, { store }) => {
    const { triggerId, actionName, deployed, installed = false } = query
    const kept = (await store.actions.list()).filter(
      (action) =>
        !installed &&
        (triggerId === undefined || action.supported_triggers.some(({ id }) => id === triggerId)) &&
        (actionName === undefined || action.name === actionName) &&
        (deployed === undefined || (action.deployed_version_id !== undefined) === deployed),
    )
    return answerActionPage('actions', kept, query, (action) => actionView(action, store))
  },
)

/** `POST /actions/actions`. With `deploy`, it is built and deployed before the answer, or refused and not created. */
export const createAction = operation(
  { body: CreateAction, status: 201, answer: ActionAnswer, service },
  async ({ body, request_id }, ports) => {
    const { name, supported_triggers, deploy = false, ...sent } = body
    const content = await readContent(sent, 'CreateActionRequest', ports.store)
    const action = await createDraft({ name, supported_triggers: readTriggers(supported_triggers), ...content }, ports)
    if (deploy) return deployNew(action, ports)
    buildInBackground(action.id, ports, { request_id })
    return actionView(action, ports.store)
  },
)

/** `GET /actions/actions/:id`. */
export const getAction = operation({ answer: ActionAnswer, service }, async ({ params }, { store }) =>
  actionView(await demandAction(params.id ?? '', store), store),
)

/** `PATCH /actions/actions/:id`. */
export const updateAction = operation(
  { body: UpdateAction, answer: ActionAnswer, service },
  async ({ params, body, request_id }, ports) => {
    const { name, supported_triggers, ...sent } = body
    const patch = {
      ...(name !== undefined && { name }),
      ...(supported_triggers !== undefined && { supported_triggers: readTriggers(supported_triggers) }),
      ...(await readContent(sent, 'UpdateActionRequest', ports.store)),
    }
    const action = await updateDraft(params.id ?? '', patch, ports)
    if (action.status === 'pending') buildInBackground(action.id, ports, { request_id })
    return actionView(action, ports.store)
  },
)

const DeleteQuery = Type.Object({ force: Type.Optional(Type.Boolean()) }, { additionalProperties: false })

/** `DELETE /actions/actions/:id`. */
export const deleteAction = operation(
  { query: DeleteQuery, status: 204, service },
  async ({ params, query }, { store }) => {
    await removeAction(params.id ?? '', { force: query.force ?? false }, { store })
  },
)

/** What Auth0 answers at once: the action as it was created, and the version that is about to be built. */
async function deployNew(action: Stored<Action>, ports: ManagementPorts): Promise<object> {
  const { store, builds } = ports
  try {
    await builds.demandBuilt(action.id)
    await deployDraft(action.id, ports)
  } catch (error) {
    await removeAction(action.id, {}, { store })
    throw error
  }
  const { current_version, ...view } = await actionView(await demandAction(action.id, store), store)
  return { ...view, status: action.status, current_version: { ...current_version, status: 'PENDING' } }
}
