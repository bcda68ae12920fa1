import { rm } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createAction,
  demandAction,
  deployAction,
  getVersion,
  listVersions,
  openVersion,
  rollback,
  setBindings,
  updateAction,
} from '../../src/deployment/index.ts'
import { credentialsExchange, limits } from '../../src/domain/index.ts'
import { readSnapshot } from '../../src/storage/index.ts'
import { openRegistry } from '../support/registry.ts'
import { anAction, deployed, openDeployment, stores } from './given.ts'
import { openSecretsOf } from './open-secrets.ts'

describe.each(Object.entries(stores))('the versions of an action, %s', (_, open) => {
  test('freeze the draft: number, code, runtime and secrets, sealed for the version alone', async () => {
    const deployment = await openDeployment(open)
    const { action, version } = await deployed(deployment, 'a', { secrets: [{ name: 'KEY', value: 'pepper' }] })
    expect(action).toMatchObject({ status: 'built', deployed_version_id: version.id })
    expect(version).toMatchObject({ number: 1, status: 'built', action_id: action.id, code: action.code, errors: [] })
    expect(openSecretsOf(version, deployment)).toEqual({ KEY: 'pepper' })
    expect(() => openSecretsOf({ id: version.id, secrets: action.secrets }, deployment)).toThrow('does not open')
    expect(await openVersion(version, deployment)).toEqual({ code: action.code, secrets: { KEY: 'pepper' } })
  })

  test('never change, whatever becomes of the action afterwards', async () => {
    const deployment = await openDeployment(open)
    const { action, version } = await deployed(deployment, 'a', { secrets: [{ name: 'KEY', value: 'one' }] })
    await updateAction(action.id, { name: 'b', code: '// two', secrets: null, runtime: 'node16' }, deployment)
    await deployment.builds.build(action.id)
    const second = await deployAction(action.id, deployment)
    expect(second).toMatchObject({ number: 2, code: '// two', secrets: [], runtime: 'node16' })
    expect(await getVersion(action.id, version.id, deployment.store)).toEqual(version)
    expect(await listVersions(action.id, deployment.store)).toEqual([second, version])
  })

  test('run at once where the action is bound', async () => {
    const deployment = await openDeployment(open)
    const { action } = await deployed(deployment, 'a')
    await setBindings(credentialsExchange, [{ ref: { type: 'action_id', value: action.id } }], deployment)
    const second = await deployAction(action.id, deployment)
    const { bound } = await readSnapshot(deployment.store, 'example', 'auth.example.com')
    expect(bound).toMatchObject([{ action_name: 'a', version_id: second.id, number: 2 }])
  })

  test('have a number each when they are deployed at once, and the action runs one of them', async () => {
    const deployment = await openDeployment(open)
    const { action } = await deployed(deployment, 'a')
    const made = await Promise.all(Array.from({ length: 6 }, () => deployAction(action.id, deployment)))
    expect(made.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7])
    const { deployed_version_id } = await demandAction(action.id, deployment.store)
    expect(made.find(({ id }) => id === deployed_version_id)?.number).toBe(7)
  })

  test('are fifty at most: the 51st makes the oldest go that is not deployed', async () => {
    const deployment = await openDeployment(open)
    const { action, version: first } = await deployed(deployment, 'a')
    for (let n = 2; n <= limits.actionVersions; n += 1) await deployAction(action.id, deployment)
    const before = await listVersions(action.id, deployment.store)
    expect(before.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_each, index) => 50 - index))
    // The version deployed until then is one of fifty and not the oldest, so the first goes.
    const rolled = await rollback(action.id, first.id, {}, deployment)
    expect(rolled.number).toBe(51)
    const after = await listVersions(action.id, deployment.store)
    expect(after).toEqual([rolled, ...before.slice(0, 49)])
    await expect(rollback(action.id, first.id, {}, deployment)).rejects.toThrow('the action has no version')
  })

  test('the oldest of them stays while it is the deployed one', async () => {
    const deployment = await openDeployment(open)
    const { action, version: first } = await deployed(deployment, 'a')
    for (let n = 2; n <= limits.actionVersions; n += 1) await deployAction(action.id, deployment)
    const { revision } = await demandAction(action.id, deployment.store)
    // As after a start on records in which an old version is the one that runs.
    await deployment.store.actions.update(action.id, revision, { deployed_version_id: first.id })
    await deployAction(action.id, deployment)
    const numbers = (await listVersions(action.id, deployment.store)).map(({ number }) => number)
    expect(numbers).toHaveLength(50)
    expect([numbers[0], numbers[48], numbers[49]]).toEqual([51, 3, 1])
  })
})

describe('a rollback', () => {
  test('makes a new version with the next number and the old content; the draft stays, or follows if asked', async () => {
    const deployment = await openDeployment()
    const secrets = [{ name: 'KEY', value: 'one' }]
    const { action, version: first } = await deployed(deployment, 'a', { code: '// one', secrets, runtime: 'node18' })
    await updateAction(action.id, { code: '// two', secrets: [], runtime: null }, deployment)
    await deployment.builds.build(action.id)
    await deployAction(action.id, deployment)
    const third = await rollback(action.id, first.id, {}, deployment)
    const { id, number, created_at, revision, secrets: sealed, ...content } = third
    expect(first).toMatchObject(content)
    expect([number, id === first.id]).toEqual([3, false])
    expect(openSecretsOf(third, deployment)).toEqual({ KEY: 'one' })
    expect(sealed.map(({ updated_at }) => updated_at)).toEqual(first.secrets.map(({ updated_at }) => updated_at))
    expect(await demandAction(action.id, deployment.store)).toMatchObject({
      deployed_version_id: id,
      code: '// two',
      status: 'built',
    })

    const fourth = await rollback(action.id, first.id, { updateDraft: true }, deployment)
    const draft = await demandAction(action.id, deployment.store)
    expect(draft).toMatchObject({ code: '// one', runtime: 'node18', status: 'built', deployed_version_id: fourth.id })
    expect(openSecretsOf(draft, deployment)).toEqual({ KEY: 'one' })
  })

  test('makes the packages again where their folder is lost, and is refused where that cannot be', async () => {
    const registry = await openRegistry([
      { name: 'small', version: '1.0.0', files: { 'index.js': "module.exports = 'small one'" } },
    ])
    onTestFinished(() => registry.close())
    const deployment = await openDeployment(stores['in SQLite'], registry.url)
    const code = "exports.onExecuteCredentialsExchange = async () => require('small')"
    const { id } = await createAction(anAction('a', { code, dependencies: [{ name: 'small' }] }), deployment)
    expect(await deployment.builds.build(id)).toMatchObject({ status: 'built', errors: [] })
    const version = await deployAction(id, deployment)
    expect(version).toMatchObject({ dependencies: [{ name: 'small', version: '1.0.0' }] })
    const { bundle } = await openVersion(version, deployment)
    if (bundle === undefined) throw new Error('the version has no bundle')
    expect(bundle.hash).toBe(version.bundle)
    await rm(bundle.path, { recursive: true })

    const again = await rollback(id, version.id, {}, deployment)
    expect(again).toMatchObject({ number: 2, bundle: version.bundle, dependencies: version.dependencies })
    expect((await openVersion(again, deployment)).bundle).toEqual(bundle)

    await rm(bundle.path, { recursive: true })
    await deployment.bundler.close()
    const lost = rollback(id, version.id, {}, deployment)
    await expect(lost).rejects.toMatchObject({ reason: 'packages-lost', status: 400 })
    await expect(lost).rejects.toThrow(/^the npm packages of version 1 are lost and cannot be made again: .+; nothing/)
    expect(await listVersions(id, deployment.store)).toEqual([again, version])
  })
})
