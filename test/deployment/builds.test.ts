import { createServer, type Server } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createAction,
  DraftBuilds,
  demandAction,
  deployAction,
  listVersions,
  updateAction,
} from '../../src/deployment/index.ts'
import type { BuildStatus } from '../../src/domain/index.ts'
import type { Store } from '../../src/storage/index.ts'
import { inFull } from '../support/in-full.ts'
import { openRegistry } from '../support/registry.ts'
import { anAction, type Deployment, nobody, openDeployment, stores } from './given.ts'

const requiring = (name: string) => `exports.onExecuteCredentialsExchange = async () => require('${name}')`
const small = (version: string) => ({ name: 'small', version, files: { 'index.js': `module.exports = '${version}'` } })

/** The statuses that a store is told of, one a write, in order. */
function watched(store: Store): { readonly store: Store; readonly statuses: readonly BuildStatus[] } {
  const statuses: BuildStatus[] = []
  const actions: Store['actions'] = {
    ...store.actions,
    update: async (key, revision, patch) => {
      const written = await store.actions.update(key, revision, patch)
      statuses.push(written.status)
      return written
    },
  }
  const commit: Store['commit'] = async (changes) => {
    await store.commit(changes)
    for (const change of changes) {
      if (change.kind === 'actions' && 'replace' in change) statuses.push(change.replace.status)
    }
  }
  return { store: { ...store, actions, commit }, statuses }
}

async function watchedDeployment(
  registry: string = nobody,
): Promise<{ readonly deployment: Deployment; readonly statuses: readonly BuildStatus[] }> {
  const given = await openDeployment(stores['in SQLite'], registry)
  const { store, statuses } = watched(given.store)
  const ports = { ...given, store }
  return { deployment: { ...ports, builds: new DraftBuilds(ports) }, statuses }
}

/** A registry that takes every question and answers none, and tells when the first one comes. */
async function silentRegistry(): Promise<{ readonly url: string; readonly asked: Promise<void>; close(): void }> {
  let tell = () => {}
  const asked = new Promise<void>((resolve) => {
    tell = resolve
  })
  const server: Server = createServer(() => tell())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  onTestFinished(close)
  return { url: `http://127.0.0.1:${address.port}/`, asked, close }
}

describe('building a draft', () => {
  test('goes pending, building, packaged, built, each stored as it is reached', async () => {
    const { deployment, statuses } = await watchedDeployment()
    const action = await createAction(anAction('a'), deployment)
    const built = await deployment.builds.build(action.id)
    expect([action.status, ...statuses]).toEqual(['pending', 'building', 'packaged', 'built'])
    expect(built).toMatchObject({ status: 'built', errors: [], build: { declared: [], dependencies: [] } })
    expect(await deployment.builds.build(action.id)).toEqual(built)
    expect(statuses).toHaveLength(3)
  })

  test('with packages goes the same way, and fixes latest and ranges to what they are now', async () => {
    const registry = await openRegistry([small('1.0.0'), small('1.4.0')])
    onTestFinished(() => registry.close())
    const { deployment, statuses } = await watchedDeployment(registry.url)
    const dependencies = [{ name: 'small' }, { name: 'lodash', version: '^4.0.0' }]
    const { id } = await createAction(anAction('a', { code: requiring('small'), dependencies }), deployment)
    const built = await deployment.builds.build(id)
    expect(statuses).toEqual(['building', 'packaged', 'built'])
    expect(built.dependencies).toEqual([
      { name: 'small', version: 'latest' },
      { name: 'lodash', version: '^4.0.0' },
    ])
    expect(built.build?.dependencies).toEqual([
      { name: 'small', version: '1.4.0' },
      { name: 'lodash', version: expect.stringMatching(/^4\.\d+\.\d+$/) },
    ])
    const version = await deployAction(id, deployment)
    expect(version.dependencies).toEqual(built.build?.dependencies)
    expect(version.bundle).toBe(built.build?.bundle)
    expect(await deployment.store.bundles.get(version.bundle ?? '')).toMatchObject({ specifiers: ['lodash', 'small'] })
  })

  inFull('again after an edit of the code keeps what latest was; naming the dependencies asks anew', async () => {
    const first = await openRegistry([small('1.0.0')])
    const { deployment } = await watchedDeployment(first.url)
    const given = { code: requiring('small'), dependencies: [{ name: 'small' }] }
    const { id } = await createAction(anAction('a', given), deployment)
    await deployment.builds.build(id)
    await first.close()

    const second = await openRegistry([small('1.0.0'), small('2.0.0')])
    onTestFinished(() => second.close())
    const later = await openDeployment(undefined, second.url)
    const ports = { ...deployment, bundler: later.bundler }
    const builds = new DraftBuilds(ports)
    await updateAction(id, { code: `${given.code} // edited` }, ports)
    expect((await builds.build(id)).build?.dependencies).toEqual([{ name: 'small', version: '1.0.0' }])
    await updateAction(id, { dependencies: given.dependencies }, ports)
    expect((await builds.build(id)).build?.dependencies).toEqual([{ name: 'small', version: '2.0.0' }])
  })

  test('that fails keeps why, cannot be deployed, and is retried when it is asked for again', async () => {
    const { deployment, statuses } = await watchedDeployment()
    const given = { code: requiring('small'), dependencies: [{ name: 'small', version: '1.0.0' }] }
    const { id } = await createAction(anAction('a', given), deployment)
    const failed = await deployment.builds.build(id)
    expect(failed.status).toBe('failed')
    expect(failed.errors?.[0]?.msg).toMatch(/registry/i)
    expect(failed).not.toHaveProperty('build')
    await expect(deployAction(id, deployment)).rejects.toThrow("must be in the 'built' state")
    expect(statuses).toEqual(['building', 'failed'])

    const registry = await openRegistry([small('1.0.0')])
    onTestFinished(() => registry.close())
    const later = await openDeployment(undefined, registry.url)
    const built = await new DraftBuilds({ ...deployment, bundler: later.bundler }).build(id)
    expect(built).toMatchObject({ status: 'built', errors: [] })
    expect(statuses.slice(2)).toEqual(['retrying', 'building', 'packaged', 'built'])
    expect(await updateAction(id, { code: '// edited' }, deployment)).toMatchObject({ status: 'pending', errors: [] })
  })

  test('that does not parse is built all the same, and says so, as does a runtime that another one runs', async () => {
    const { deployment } = await watchedDeployment()
    const { id } = await createAction(anAction('a', { code: 'exports.x = }', runtime: 'node18-actions' }), deployment)
    const built = await deployment.builds.build(id)
    expect(built.status).toBe('built')
    expect(built.errors).toEqual([
      {
        id: 'runtime_replaced',
        msg: 'the runtime "node18-actions" is accepted, and node22 runs the code; set "runtime" to "node22"',
      },
      { id: 'code_does_not_parse', msg: expect.stringMatching(/^the code does not parse at line 1: Unexpected token/) },
    ])
    const version = await deployAction(id, deployment)
    expect(version.errors).toEqual(built.errors)
  })

  test('asked for by five at once is made once', async () => {
    const { deployment, statuses } = await watchedDeployment()
    const { id } = await createAction(anAction('a'), deployment)
    const all = await Promise.all(Array.from({ length: 5 }, () => deployment.builds.build(id)))
    expect(new Set(all.map(({ status, revision }) => `${status} ${revision}`)).size).toBe(1)
    expect(statuses).toEqual(['building', 'packaged', 'built'])
  })

  test('finds a bundle that an earlier server left without a record, and keeps it', async () => {
    const registry = await openRegistry([small('1.0.0')])
    const first = await openDeployment(undefined, registry.url)
    const given = anAction('a', { code: requiring('small'), dependencies: [{ name: 'small' }] })
    const earlier = await first.builds.build((await createAction(given, first)).id)
    const second = await openDeployment(stores['in SQLite'])
    const ports = { ...second, bundler: first.bundler }
    const later = await new DraftBuilds(ports).build((await createAction(given, ports)).id)
    expect(later.build?.bundle).toBe(earlier.build?.bundle)
    expect(await second.store.bundles.list()).toHaveLength(1)
    await registry.close()
  })

  inFull('that an edit overtakes is dropped, and who asks then gets the edited draft built', async () => {
    const registry = await silentRegistry()
    const { deployment, statuses } = await watchedDeployment(registry.url)
    const { id } = await createAction(
      anAction('a', { code: requiring('small'), dependencies: [{ name: 'small' }] }),
      deployment,
    )
    const overtaken = deployment.builds.build(id)
    await registry.asked
    expect(await demandAction(id, deployment.store)).toMatchObject({ status: 'building' })
    await updateAction(id, { code: '// edited', dependencies: null }, deployment)
    const again = deployment.builds.build(id)
    registry.close()
    expect(await overtaken).toMatchObject({ code: '// edited' })
    expect(await again).toMatchObject({ status: 'built', code: '// edited', errors: [], build: { dependencies: [] } })
    expect(statuses).toEqual(['building', 'pending', 'building', 'packaged', 'built'])
  })

  inFull('goes on when something else of the action changes: a new name, another version deployed', async () => {
    const registry = await silentRegistry()
    const { deployment } = await watchedDeployment(registry.url)
    const { id } = await createAction(anAction('a', { dependencies: [{ name: 'small' }] }), deployment)
    const building = deployment.builds.build(id)
    await registry.asked
    await updateAction(id, { name: 'renamed' }, deployment)
    registry.close()
    expect(await building).toMatchObject({ status: 'failed', name: 'renamed' })
  })

  inFull('of an action that is deleted meanwhile ends with that', async () => {
    const registry = await silentRegistry()
    const { deployment } = await watchedDeployment(registry.url)
    const { id } = await createAction(anAction('a', { dependencies: [{ name: 'small' }] }), deployment)
    const building = deployment.builds.build(id)
    await registry.asked
    await deployment.store.actions.delete(id)
    registry.close()
    await expect(building).rejects.toThrow('That action does not exist.')
    await expect(listVersions(id, deployment.store)).rejects.toThrow('That action does not exist.')
  })
})
