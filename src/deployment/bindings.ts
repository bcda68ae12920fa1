import { type Action, type Binding, limits, newId, triggerIdOf, triggerVersions } from '../domain/index.ts'
import type { Change, Stored } from '../storage/index.ts'
import { commitPlanned } from './commit.ts'
import { type DeploymentPorts, now } from './ports.ts'
import { DeploymentRefusal } from './refusals.ts'

/** Which action to bind, and under which name. */
export interface GivenBinding {
  readonly ref: { readonly type: 'action_id' | 'action_name' | 'binding_id'; readonly value: string }
  readonly display_name?: string
}

/**
 * Replaces the whole ordered list of what is bound to a trigger, one that is kept or the one that is run; every binding's id is new. Refuses
 * what is no trigger, a reference that leads nowhere, an action of another trigger, without a deployed version or named twice, and the 21st.
 * Exchanges see the old list or the new one, never a mix.
 *
 * @see Auth0 Docs, Management API "Update trigger bindings"
 */
export async function setBindings(
  trigger_id: string,
  given: readonly GivenBinding[],
  ports: Pick<DeploymentPorts, 'store' | 'clock' | 'random'>,
): Promise<readonly Binding[]> {
  if (triggerVersions(trigger_id).length === 0) throw new DeploymentRefusal('trigger-unknown', { trigger_id })
  if (given.length > limits.bindings) throw new DeploymentRefusal('too-many-bindings', { count: given.length })
  const { store, random } = ports
  return commitPlanned(store, 'the list of bindings', async () => {
    const [actions, stored] = await Promise.all([store.actions.list(), store.triggerBindings.get(trigger_id)])
    const created_at = now(ports)
    const taken = new Set<string>()
    const bindings = given.map((each): Binding => {
      const action = resolve(each.ref, actions, stored?.bindings ?? [])
      if (triggerIdOf(action) !== trigger_id) throw new DeploymentRefusal('bound-incompatible', {})
      if (action.deployed_version_id === undefined) throw new DeploymentRefusal('bound-undeployed', {})
      if (taken.has(action.id)) throw new DeploymentRefusal('bound-twice', { name: action.name })
      taken.add(action.id)
      return {
        id: newId.binding(random),
        action_id: action.id,
        display_name: each.display_name ?? action.name,
        created_at,
        updated_at: created_at,
      }
    })
    const wanted = { trigger_id, bindings }
    const change: Change =
      stored === undefined
        ? { kind: 'triggerBindings', create: wanted }
        : { kind: 'triggerBindings', key: trigger_id, revision: stored.revision, replace: wanted }
    return { changes: [change], result: bindings }
  })
}

function resolve(
  { type, value }: GivenBinding['ref'],
  actions: readonly Stored<Action>[],
  bindings: readonly Binding[],
): Stored<Action> {
  const id = type === 'binding_id' ? bindings.find((binding) => binding.id === value)?.action_id : value
  const action = actions.find((each) => (type === 'action_name' ? each.name === value : each.id === id))
  if (action === undefined) throw new DeploymentRefusal('binding-unresolved', { type, value })
  return action
}
