import Type from 'typebox'
import { DeploymentRefusal, type GivenBinding, setBindings } from '../deployment/index.ts'
import { type Action, type Binding, triggers, triggerVersions } from '../domain/index.ts'
import type { Store } from '../storage/index.ts'
import { answerActionPage } from './action-page.ts'
import { bindingView } from './action-views.ts'
import { operation } from './operation.ts'
import { ManagementRefusal } from './refusals.ts'
import { actionPageParameters, UpdateActionBindings } from './schemas/action.ts'
import { ActionBindingsAnswer, ActionBindingsPageAnswer, TriggersAnswer } from './schemas/action-answers.ts'

const service = 'actions'

/** `GET /actions/triggers`: all of Auth0's, also those whose actions are only kept, since clients read the bindings of those that are listed. */
export const listTriggers = operation({ answer: TriggersAnswer, service }, async () => ({ triggers }))

const ListQuery = Type.Object(actionPageParameters, { additionalProperties: false })

/** `GET /actions/triggers/:trigger/bindings`, in the order they run, or would at Auth0. */
export const listBindings = operation(
  { query: ListQuery, answer: ActionBindingsPageAnswer, service },
  async ({ params, query }, { store }) => {
    const trigger_id = demandTrigger(params.trigger ?? '')
    const bound = await boundTo(trigger_id, store)
    return answerActionPage('bindings', bound, query, ({ binding, action }) =>
      bindingView(binding, { trigger_id, action }, store),
    )
  },
)

/** `PATCH /actions/triggers/:trigger/bindings`: the whole list, or nothing where none is sent. */
export const updateBindings = operation(
  { body: UpdateActionBindings, answer: ActionBindingsAnswer, service },
  async ({ params, body }, ports) => {
    const { store } = ports
    const trigger_id = demandTrigger(params.trigger ?? '')
    const { bindings: sent } = body
    if (sent?.some(({ secrets = [] }) => secrets.length > 0) === true)
      throw new ManagementRefusal('binding-secrets', {})
    if (sent !== undefined) await setBindings(trigger_id, sent.map(givenBinding), ports)
    const views = (await boundTo(trigger_id, store)).map(({ binding, action }) =>
      bindingView(binding, { trigger_id, action }, store),
    )
    return { bindings: await Promise.all(views) }
  },
)

function demandTrigger(trigger_id: string): string {
  if (triggerVersions(trigger_id).length === 0) throw new DeploymentRefusal('trigger-unknown', { trigger_id })
  return trigger_id
}

function givenBinding({
  ref: { type = 'action_id', value = '' },
  display_name,
}: {
  readonly ref: Partial<GivenBinding['ref']>
  readonly display_name?: string
}): GivenBinding {
  return { ref: { type, value }, ...(display_name !== undefined && { display_name }) }
}

interface Bound {
  readonly binding: Binding
  readonly action: Action
}

/** What a trigger runs, in order. */
async function boundTo(trigger_id: string, store: Store): Promise<readonly Bound[]> {
  const bindings = (await store.triggerBindings.get(trigger_id))?.bindings ?? []
  const actions = await Promise.all(bindings.map(({ action_id }) => store.actions.get(action_id)))
  return bindings.flatMap((binding, index) => {
    const action = actions[index]
    // One that was deleted since the list was read is in it no more.
    return action === undefined ? [] : [{ binding, action }]
  })
}
