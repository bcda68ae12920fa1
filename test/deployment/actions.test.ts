import { describe, expect, test } from 'vitest'
import {
  createAction,
  deleteAction,
  demandAction,
  deployAction,
  listVersions,
  setBindings,
  updateAction,
} from '../../src/deployment/index.ts'
import { credentialsExchange } from '../../src/domain/index.ts'
import { readSnapshot } from '../../src/storage/index.ts'
import { anAction, deployed, openDeployment, stores } from './given.ts'
import { openSecretsOf } from './open-secrets.ts'

const byName = (value: string, display_name?: string) => ({
  ref: { type: 'action_name' as const, value },
  ...(display_name !== undefined && { display_name }),
})

describe.each(Object.entries(stores))('the draft of an action, %s', (_, open) => {
  test('begins pending, with what it was given and the defaults of Auth0, its secrets sealed', async () => {
    const deployment = await openDeployment(open)
    const secrets = [{ name: 'KEY', value: 'pepper' }]
    const given = { ...anAction('a', { secrets }), code: undefined }
    const { code: _code, ...withoutCode } = given
    const action = await createAction({ ...withoutCode, dependencies: [{ name: 'lodash', version: ' ' }] }, deployment)
    expect(action).toMatchObject({
      name: 'a',
      code: 'module.exports = () => {}',
      runtime: 'node22',
      status: 'pending',
      dependencies: [{ name: 'lodash', version: 'latest' }],
    })
    expect(action).not.toHaveProperty('deployed_version_id')
    expect(JSON.stringify(action)).not.toContain('pepper')
    expect(openSecretsOf(action, deployment)).toEqual({ KEY: 'pepper' })
  })

  test('is pending again after an edit, while what is deployed and bound does not change', async () => {
    const deployment = await openDeployment(open)
    const { action, version } = await deployed(deployment, 'a', { secrets: [{ name: 'KEY', value: 'old' }] })
    await setBindings(credentialsExchange, [byName('a')], deployment)
    const { bound } = await readSnapshot(deployment.store, 'example', 'auth.example.com')
    const edited = await updateAction(
      action.id,
      { code: '// new', secrets: [{ name: 'KEY', value: 'new' }] },
      deployment,
    )
    expect(edited).toMatchObject({ status: 'pending', code: '// new', deployed_version_id: version.id })
    expect((await readSnapshot(deployment.store, 'example', 'auth.example.com')).bound).toEqual(bound)
    expect(await listVersions(action.id, deployment.store)).toEqual([version])
    expect(openSecretsOf(version, deployment)).toEqual({ KEY: 'old' })
  })

  test('keeps the value of a secret that is sent by its name alone, and the order first stored', async () => {
    const deployment = await openDeployment(open)
    const given = ['A', 'B', 'C'].map((name) => ({ name, value: name.toLowerCase() }))
    const { id, secrets } = await createAction(anAction('a', { secrets: given }), deployment)
    const sent = [{ name: 'NEW', value: 'n' }, { name: 'C' }, { name: 'A', value: 'changed' }]
    const edited = await updateAction(id, { secrets: sent }, deployment)
    expect(edited.secrets.map(({ name }) => name)).toEqual(['A', 'C', 'NEW'])
    expect(openSecretsOf(edited, deployment)).toEqual({ A: 'changed', C: 'c', NEW: 'n' })
    expect(edited.secrets[1]).toEqual(secrets[2])
    expect((await updateAction(id, { secrets: [] }, deployment)).secrets).toEqual([])
  })

  test('takes back what it had at first where a member is null', async () => {
    const deployment = await openDeployment(open)
    const given = { runtime: 'node18', dependencies: [{ name: 'lodash' }], secrets: [{ name: 'A', value: '1' }] }
    const { id } = await createAction(anAction('a', given), deployment)
    const nothing = { code: null, runtime: null, dependencies: null, secrets: null, modules: null }
    expect(await updateAction(id, nothing, deployment)).toMatchObject({
      code: 'module.exports = () => {}',
      runtime: 'node22',
      dependencies: [],
      secrets: [],
    })
  })

  test('stays built when its name alone changes', async () => {
    const deployment = await openDeployment(open)
    const { action } = await deployed(deployment, 'a')
    expect(await updateAction(action.id, { name: 'b' }, deployment)).toMatchObject({ name: 'b', status: 'built' })
    await expect(deployAction(action.id, deployment)).resolves.toMatchObject({ number: 2 })
  })

  test('loses none of twelve edits at once', async () => {
    const deployment = await openDeployment(open)
    const { id } = await createAction(anAction('a', { runtime: 'node16' }), deployment)
    await Promise.all([
      updateAction(id, { name: 'renamed' }, deployment),
      updateAction(id, { code: '// edited' }, deployment),
      updateAction(id, { runtime: 'node18' }, deployment),
      updateAction(id, { dependencies: [{ name: 'lodash', version: '4' }] }, deployment),
      updateAction(id, { secrets: [{ name: 'A', value: '1' }] }, deployment),
      ...Array.from({ length: 7 }, () => updateAction(id, { modules: [] }, deployment)),
    ])
    const action = await demandAction(id, deployment.store)
    expect(action).toMatchObject({
      name: 'renamed',
      code: '// edited',
      runtime: 'node18',
      dependencies: [{ name: 'lodash', version: '4' }],
    })
    expect(openSecretsOf(action, deployment)).toEqual({ A: '1' })
    expect(action.revision).toBe(13)
  })

  test('of two actions created at once under one name, one is refused', async () => {
    const deployment = await openDeployment(open)
    const both = await Promise.allSettled([1, 2].map(() => createAction(anAction('a'), deployment)))
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { reason: 'action-name-taken' } })
    expect(await deployment.store.actions.list()).toHaveLength(1)
  })
})

describe.each(Object.entries(stores))('deleting an action, %s', (_, open) => {
  test('takes its versions with it, and with force its bindings, the others in their order', async () => {
    const deployment = await openDeployment(open)
    const { action } = await deployed(deployment, 'a')
    await deployed(deployment, 'b')
    await deployed(deployment, 'c')
    await setBindings(
      credentialsExchange,
      ['c', 'a', 'b'].map((name) => byName(name)),
      deployment,
    )
    await deleteAction(action.id, { force: true }, deployment)
    expect(
      (await readSnapshot(deployment.store, 'example', 'auth.example.com')).bound.map(({ action_name }) => action_name),
    ).toEqual(['c', 'b'])
    expect((await deployment.store.actionVersions.list()).map(({ action_id }) => action_id)).not.toContain(action.id)
    await expect(deleteAction(action.id, {}, deployment)).rejects.toThrow('That action does not exist.')
  })

  test('and binding it at the same moment never leaves a binding that leads nowhere', async () => {
    for (let round = 0; round < 5; round += 1) {
      const deployment = await openDeployment(open)
      const { action } = await deployed(deployment, 'a')
      const [deleting, binding] = await Promise.allSettled([
        deleteAction(action.id, {}, deployment),
        setBindings(credentialsExchange, [byName('a')], deployment),
      ])
      expect([deleting.status, binding.status].toSorted()).toEqual(['fulfilled', 'rejected'])
      const { bound } = await readSnapshot(deployment.store, 'example', 'auth.example.com')
      expect(bound).toHaveLength(binding.status === 'fulfilled' ? 1 : 0)
    }
  })
})

describe.each(Object.entries(stores))('the bindings of the trigger, %s', (_, open) => {
  test('are replaced as a whole, in order, by id, name or earlier binding, under new ids', async () => {
    const deployment = await openDeployment(open)
    const { action } = await deployed(deployment, 'a')
    await deployed(deployment, 'b')
    const first = await setBindings(
      credentialsExchange,
      [{ ref: { type: 'action_id', value: action.id } }, byName('b', 'Second')],
      deployment,
    )
    expect(first.map(({ display_name }) => display_name)).toEqual(['a', 'Second'])
    const second = await setBindings(
      credentialsExchange,
      [byName('b'), { ref: { type: 'binding_id', value: first[0]?.id ?? '' } }],
      deployment,
    )
    const { bound } = await readSnapshot(deployment.store, 'example', 'auth.example.com')
    expect(bound.map(({ action_name, binding_id }) => [action_name, binding_id])).toEqual([
      ['b', second[0]?.id],
      ['a', second[1]?.id],
    ])
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(4)
    await setBindings(credentialsExchange, [], deployment)
    expect((await readSnapshot(deployment.store, 'example', 'auth.example.com')).bound).toEqual([])
  })
})
