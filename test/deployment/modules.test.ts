import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createAction,
  createModule,
  type DeploymentPorts,
  deleteAction,
  deleteModule,
  demandModule,
  deployAction,
  getModuleVersion,
  listModuleVersions,
  openVersion,
  publishModuleVersion,
  rollbackModule,
  updateAction,
  updateModule,
} from '../../src/deployment/index.ts'
import type { ActionModuleVersion } from '../../src/domain/index.ts'
import type { Stored } from '../../src/storage/index.ts'
import { openRegistry } from '../support/registry.ts'
import { anAction, deployed, openDeployment, stores } from './given.ts'
import { openSecretsOf } from './open-secrets.ts'

const rates = { name: 'rates', code: 'exports.rate = 1', secrets: [{ name: 'KEY', value: 'one' }] }

async function publish(module_id: string, ports: DeploymentPorts): Promise<Stored<ActionModuleVersion>> {
  const published = await publishModuleVersion(module_id, ports)
  if (published.status === 'failed') throw new Error(published.errors.map(({ msg }) => msg).join(' '))
  return published.version
}

describe.each(Object.entries(stores))('a module, %s', (_, open) => {
  test('is published in numbered versions that never change', async () => {
    const deployment = await openDeployment(open)
    const module = await createModule(rates, deployment)
    expect(await listModuleVersions(module.id, deployment.store)).toEqual([])
    const first = await publish(module.id, deployment)
    expect(first).toMatchObject({ version_number: 1, module_id: module.id, code: rates.code, dependencies: [] })
    expect(openSecretsOf(first, deployment)).toEqual({ KEY: 'one' })
    await updateModule(module.id, { code: 'exports.rate = 2', secrets: [{ name: 'KEY', value: 'two' }] }, deployment)
    const second = await publish(module.id, deployment)
    expect(second).toMatchObject({ version_number: 2, code: 'exports.rate = 2' })
    expect(await getModuleVersion(module.id, first.id, deployment.store)).toEqual(first)
    expect(await listModuleVersions(module.id, deployment.store)).toEqual([second, first])
  })

  test('is what an action pins, until the action itself pins another version and is deployed', async () => {
    const deployment = await openDeployment(open)
    const module = await createModule(rates, deployment)
    const first = await publish(module.id, deployment)
    const modules = [{ module_id: module.id, module_version_id: first.id }]
    const { action, version } = await deployed(deployment, 'a', { modules, secrets: [{ name: 'OWN', value: 'x' }] })
    const content = { code: action.code, secrets: { OWN: 'x' } }
    const opened = { ...content, modules: [{ name: 'rates', code: rates.code, secrets: { KEY: 'one' } }] }
    expect(await openVersion(version, deployment)).toEqual(opened)

    await updateModule(module.id, { code: 'exports.rate = 2' }, deployment)
    const second = await publish(module.id, deployment)
    expect(await openVersion(version, deployment)).toEqual(opened)
    await updateAction(action.id, { modules: [{ module_id: module.id, module_version_id: second.id }] }, deployment)
    await deployment.builds.build(action.id)
    expect((await openVersion(await deployAction(action.id, deployment), deployment)).modules).toMatchObject([
      { name: 'rates', code: 'exports.rate = 2' },
    ])
    expect(await openVersion(version, deployment)).toEqual(opened)
  })

  test('takes an old version back into its draft, and publishes it under the next number', async () => {
    const deployment = await openDeployment(open)
    const module = await createModule(rates, deployment)
    const first = await publish(module.id, deployment)
    await updateModule(module.id, { code: 'exports.rate = 2', secrets: null }, deployment)
    await publish(module.id, deployment)
    const draft = await rollbackModule(module.id, first.id, deployment)
    expect(draft.code).toBe(rates.code)
    expect(openSecretsOf(draft, deployment)).toEqual({ KEY: 'one' })
    expect(await listModuleVersions(module.id, deployment.store)).toHaveLength(2)
    expect(await publish(module.id, deployment)).toMatchObject({ version_number: 3, code: rates.code })
  })

  test('goes with its versions once nobody pins it', async () => {
    const deployment = await openDeployment(open)
    const module = await createModule(rates, deployment)
    const { id } = await publish(module.id, deployment)
    const action = await createAction(
      anAction('a', { modules: [{ module_id: module.id, module_version_id: id }] }),
      deployment,
    )
    await expect(deleteModule(module.id, deployment)).rejects.toMatchObject({ reason: 'module-pinned', status: 412 })
    await deleteAction(action.id, {}, deployment)
    await deleteModule(module.id, deployment)
    expect(await deployment.store.actionModules.list()).toEqual([])
    expect(await deployment.store.actionModuleVersions.list()).toEqual([])
  })

  test('is never deleted from under an action that pins it at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const deployment = await openDeployment(open)
      const module = await createModule(rates, deployment)
      const { id } = await publish(module.id, deployment)
      const modules = [{ module_id: module.id, module_version_id: id }]
      const both = await Promise.allSettled([
        deleteModule(module.id, deployment),
        createAction(anAction('a', { modules }), deployment),
      ])
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      const [actions, kept] = [await deployment.store.actions.list(), await deployment.store.actionModules.list()]
      expect(actions).toHaveLength(kept.length)
    }
  })

  test('published by four at once is published once, and again only after an edit', async () => {
    const deployment = await openDeployment(open)
    const module = await createModule(rates, deployment)
    const made = await Promise.allSettled(Array.from({ length: 4 }, () => publish(module.id, deployment)))
    expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected'])
    expect(made.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { reason: 'module-unchanged' } })
    await updateModule(module.id, { code: rates.code }, deployment)
    expect(await publish(module.id, deployment)).toMatchObject({ version_number: 2 })
  })
})

describe('publishing a module', () => {
  test('builds its packages, and gives them to the actions that pin it', async () => {
    const registry = await openRegistry([
      { name: 'small', version: '1.0.0', files: { 'index.js': 'module.exports = 1' } },
    ])
    onTestFinished(() => registry.close())
    const deployment = await openDeployment(stores['in SQLite'], registry.url)
    const code = "exports.small = require('small')"
    const module = await createModule({ name: 'uses', code, dependencies: [{ name: 'small' }] }, deployment)
    const version = await publish(module.id, deployment)
    expect(version.dependencies).toEqual([{ name: 'small', version: '1.0.0' }])
    expect(version.bundle).toMatch(/^[0-9a-f]{64}$/)
    const modules = [{ module_id: module.id, module_version_id: version.id }]
    const { version: pinning } = await deployed(deployment, 'a', { modules })
    expect(await openVersion(pinning, deployment)).toMatchObject({
      modules: [{ name: 'uses', code, bundle: { hash: version.bundle, path: expect.stringContaining('bundles') } }],
    })
    expect((await openVersion(pinning, deployment)).bundle).toBeUndefined()
  })

  test('that fails says why and changes nothing: packages that are not to be had, code that does not parse', async () => {
    const deployment = await openDeployment()
    const module = await createModule({ ...rates, dependencies: [{ name: 'small' }] }, deployment)
    const failed = await publishModuleVersion(module.id, deployment)
    expect(failed).toMatchObject({ status: 'failed', errors: [{ msg: expect.stringMatching(/registry/i) }] })
    await updateModule(module.id, { code: 'exports.x = }', dependencies: null }, deployment)
    expect(await publishModuleVersion(module.id, deployment)).toEqual({
      status: 'failed',
      errors: [{ id: 'code_does_not_parse', msg: "the code does not parse at line 1: Unexpected token '}'" }],
    })
    expect(await listModuleVersions(module.id, deployment.store)).toEqual([])
    expect(await demandModule(module.id, deployment.store)).not.toHaveProperty('build')
  })
})
