import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type ActionSource,
  type ModuleSource,
  openSigningSecret,
  openVersion,
  setBindings,
  type TenantConfiguration,
  type WritePorts,
  writeTenant,
} from '../../src/deployment/index.ts'
import { type ActionVersion, limits } from '../../src/domain/index.ts'
import { openClientSecretDigests } from '../../src/keys/index.ts'
import { openRegistry, type Registry } from '../support/registry.ts'
import { type Deployment, deployed, everything, nobody, openDeployment, stores, supported_triggers } from './given.ts'

const created_at = '2026-01-01T00:00:00.000Z'
const small = (version: string) => ({ name: 'small', version, files: { 'index.js': `module.exports = '${version}'` } })

function action(changes: Partial<ActionSource> = {}): ActionSource {
  return {
    id: 'action-1',
    name: 'enrich',
    code: 'exports.onExecuteCredentialsExchange = async () => {}',
    runtime: 'node22',
    dependencies: [],
    secrets: [{ name: 'KEY', value: 'pepper' }],
    supported_triggers,
    created_at,
    deployed: true,
    ...changes,
  }
}

function module(changes: Partial<ModuleSource> = {}): ModuleSource {
  return {
    id: 'module-1',
    name: 'money',
    code: 'exports.one = 1',
    dependencies: [],
    secrets: [],
    created_at,
    ...changes,
  }
}

function configuration(changes: Partial<TenantConfiguration> = {}): TenantConfiguration {
  return {
    settings: {},
    clients: [],
    resourceServers: [],
    signingSecrets: [],
    clientGrants: [],
    organizations: [],
    organizationClientGrants: [],
    modules: [],
    actions: [action()],
    bindings: [{ id: 'b', action_id: 'action-1', display_name: 'enrich', created_at, updated_at: created_at }],
    ...changes,
  }
}

async function opened(registry = nobody): Promise<{ readonly deployment: Deployment; readonly ports: WritePorts }> {
  const deployment = await openDeployment(stores['in SQLite'], registry)
  const digests = openClientSecretDigests(deployment.sealer.digestKey)
  return { deployment, ports: { ...deployment, digests, tenant: 'example' } }
}

async function openedRegistry(...versions: readonly string[]): Promise<Registry> {
  const registry = await openRegistry(versions.map(small))
  onTestFinished(() => registry.close())
  return registry
}

async function running({ store }: Deployment): Promise<ActionVersion> {
  const deployed = (await store.actions.get('action-1'))?.deployed_version_id ?? ''
  const version = await store.actionVersions.get(deployed)
  if (version === undefined) throw new Error('no version is deployed')
  return version
}

describe('a signing secret', () => {
  const api = { id: 'api', identifier: 'urn:a', signing_alg: 'HS256' as const }
  const secret = { resource_server_id: 'api', newSecret: 'made because there was none' }
  const written = (changes: Partial<TenantConfiguration>, ports: WritePorts) =>
    writeTenant(configuration({ actions: [], bindings: [], ...changes }), ports)

  test('is sealed, stays as long as it is not replaced, and goes with its use', async () => {
    const { ports } = await opened()
    const stored = async () => {
      const record = await ports.store.signingSecrets.get('api')
      return record === undefined ? undefined : openSigningSecret(record, ports.sealer)
    }
    await written({ resourceServers: [api], signingSecrets: [secret] }, ports)
    expect(await stored()).toBe('made because there was none')
    expect(JSON.stringify(await everything(ports.store))).not.toContain('made because')
    const again = { ...secret, newSecret: 'made, and not needed' }
    expect(await written({ resourceServers: [api], signingSecrets: [again] }, ports)).toMatchObject({ changes: 0 })
    const fixed = { ...again, fixedSecret: 'fixed in the file' }
    expect(await written({ resourceServers: [api], signingSecrets: [fixed] }, ports)).toMatchObject({ changes: 1 })
    expect(await written({ resourceServers: [api], signingSecrets: [fixed] }, ports)).toMatchObject({ changes: 0 })
    expect(await stored()).toBe('fixed in the file')
    await written({ resourceServers: [{ ...api, signing_alg: 'RS256' }] }, ports)
    expect(await stored()).toBeUndefined()
  })

  test('that is missing keeps its API from being stored', async () => {
    const { ports } = await opened()
    await expect(written({ resourceServers: [api] }, ports)).rejects.toThrow('"HS256" needs a signing_secret')
    expect(await ports.store.resourceServers.list()).toEqual([])
  })
})

describe('a configuration written as a whole', () => {
  test('makes a version of what changed and of nothing else', async () => {
    const { deployment, ports } = await opened()
    await writeTenant(configuration(), ports)
    const first = await running(deployment)
    expect(first).toMatchObject({ number: 1, status: 'built' })
    const before = await everything(deployment.store)
    expect(await writeTenant(configuration(), ports)).toEqual({ kind: 'written', changes: 0 })
    expect(await everything(deployment.store)).toEqual(before)
    for (const changed of [
      action({ code: '// two' }),
      action({ code: '// two', secrets: [] }),
      action({ code: '// two', secrets: [], runtime: 'node18' }),
    ])
      await writeTenant(configuration({ actions: [changed] }), ports)
    expect(await running(deployment)).toMatchObject({ number: 4, code: '// two', secrets: [], runtime: 'node18' })
    expect(await deployment.store.actionVersions.get(first.id)).toEqual(first)
  })

  test('resolves latest once: neither an unchanged action nor an edit of its code asks for a newer one, or for anything', async () => {
    const first = await openedRegistry('1.0.0')
    const { deployment, ports } = await opened(first.url)
    const given = action({ code: "require('small')", dependencies: [{ name: 'small', version: 'latest' }] })
    await writeTenant(configuration({ actions: [given] }), ports)
    expect(await running(deployment)).toMatchObject({ number: 1, dependencies: [{ name: 'small', version: '1.0.0' }] })
    const asked = first.requests.length
    expect(asked).toBeGreaterThan(0)
    expect(await writeTenant(configuration({ actions: [given] }), ports)).toMatchObject({ changes: 0 })
    expect(first.requests).toHaveLength(asked)

    await writeTenant(configuration({ actions: [{ ...given, code: "require('small') // saved" }] }), ports)
    expect(await running(deployment)).toMatchObject({ number: 2, dependencies: [{ name: 'small', version: '1.0.0' }] })
    expect(first.requests).toHaveLength(asked)

    const second = await openedRegistry('1.0.0', '2.0.0')
    const later = { ...ports, bundler: (await openDeployment(undefined, second.url)).bundler }
    const edited = { ...given, code: "require('small') // edited" }
    await writeTenant(configuration({ actions: [edited] }), later)
    expect(await running(deployment)).toMatchObject({ number: 3, dependencies: [{ name: 'small', version: '1.0.0' }] })
    const named = { ...edited, dependencies: [{ name: 'small', version: '^2.0.0' }] }
    await writeTenant(configuration({ actions: [named] }), later)
    expect(await running(deployment)).toMatchObject({ number: 4, dependencies: [{ name: 'small', version: '2.0.0' }] })
    expect((await openVersion(await running(deployment), later)).bundle?.path).toBeTypeOf('string')
  })

  test('that cannot be built stores nothing and names each action and module, with the reason', async () => {
    const { deployment, ports } = await opened()
    await writeTenant(configuration(), ports)
    const before = await everything(deployment.store)
    const dependencies = [{ name: 'small', version: 'latest' }]
    const withBoth = configuration({
      settings: { friendly_name: 'never stored' },
      actions: [action({ code: '// never stored' }), action({ id: 'action-2', name: 'second', dependencies })],
    })
    expect(await writeTenant(withBoth, ports)).toMatchObject({
      kind: 'not-built',
      failures: [
        { of: 'action', name: 'second', member: 'dependencies', errors: [{ msg: expect.stringMatching(/registry/i) }] },
      ],
    })
    expect(await writeTenant({ ...withBoth, modules: [module({ dependencies })] }, ports)).toMatchObject({
      kind: 'not-built',
      failures: [{ of: 'module', name: 'money', member: 'dependencies' }],
    })
    expect(await everything(deployment.store)).toEqual(before)
  })

  test('shares the bundle of two actions with equal packages', async () => {
    const registry = await openedRegistry('1.0.0')
    const { deployment, ports } = await opened(registry.url)
    const given = { code: "require('small')", dependencies: [{ name: 'small', version: '1.0.0' }] }
    const actions = [action(given), action({ ...given, id: 'action-2', name: 'second' })]
    await writeTenant(configuration({ actions }), ports)
    const versions = await deployment.store.actionVersions.list()
    expect(new Set(versions.map(({ bundle }) => bundle)).size).toBe(1)
    expect(await deployment.store.bundles.list()).toHaveLength(1)
  })

  test('leaves nothing of an action for another trigger: neither versions nor bindings', async () => {
    const { deployment, ports } = await opened()
    const ofLogin = { supported_triggers: [{ id: 'post-login', version: 'v3' }] }
    const { action: kept } = await deployed(deployment, 'kept', ofLogin)
    await setBindings('post-login', [{ ref: { type: 'action_id', value: kept.id } }], deployment)
    await writeTenant(configuration(), ports)
    const { store } = deployment
    expect(await store.actionVersions.list()).toMatchObject([{ action_id: 'action-1' }])
    expect(await store.triggerBindings.list()).toMatchObject([{ trigger_id: 'credentials-exchange' }])
    expect(await writeTenant(configuration(), ports)).toMatchObject({ changes: 0 })
  })

  test('keeps a draft that must not run as a draft, without building it', async () => {
    const { deployment, ports } = await opened()
    const draft = action({ deployed: false, dependencies: [{ name: 'small', version: 'latest' }] })
    await writeTenant(configuration({ actions: [draft], bindings: [] }), ports)
    const [stored] = await deployment.store.actions.list()
    expect(stored).toMatchObject({ status: 'pending' })
    expect(stored).not.toHaveProperty('deployed_version_id')
    expect(await writeTenant(configuration({ actions: [draft], bindings: [] }), ports)).toMatchObject({ changes: 0 })
  })
})

describe('modules of a configuration', () => {
  const pinning = (number?: number) =>
    action({ modules: [{ module_name: 'money', ...(number !== undefined && { module_version_number: number }) }] })

  test('get number 1 at first and the next one when they change; an action runs the number it pins', async () => {
    const { deployment, ports } = await opened()
    const write = (source: ModuleSource, number?: number) =>
      writeTenant(configuration({ modules: [source], actions: [pinning(number)] }), ports)
    const codeOf = async () => (await openVersion(await running(deployment), ports)).modules?.[0]?.code
    await write(module(), 1)
    expect(await write(module(), 1)).toMatchObject({ changes: 0 })
    expect(await codeOf()).toBe('exports.one = 1')
    await write(module({ code: 'exports.one = 2', secrets: [{ name: 'A', value: 'a' }] }), 1)
    expect(await codeOf()).toBe('exports.one = 1')
    expect((await running(deployment)).number).toBe(1)
    await write(module({ code: 'exports.one = 2', secrets: [{ name: 'A', value: 'a' }] }), 2)
    expect(await openVersion(await running(deployment), ports)).toMatchObject({
      modules: [{ name: 'money', code: 'exports.one = 2', secrets: { A: 'a' } }],
    })
    const versions = await deployment.store.actionModuleVersions.list()
    expect(versions.map(({ version_number }) => version_number)).toEqual([1, 2])
  })

  test('are followed by an action that pins no number', async () => {
    const { deployment, ports } = await opened()
    for (const code of ['exports.one = 1', 'exports.one = 2'])
      await writeTenant(configuration({ modules: [module({ code })], actions: [pinning()] }), ports)
    const version = await running(deployment)
    expect(version.number).toBe(2)
    expect((await openVersion(version, ports)).modules?.[0]?.code).toBe('exports.one = 2')
  })

  test('that lack the pinned number are a mistake of the action that pins it', async () => {
    const { deployment, ports } = await opened()
    await writeTenant(configuration({ modules: [module()], actions: [pinning(1)] }), ports)
    const before = await everything(deployment.store)
    expect(await writeTenant(configuration({ modules: [module()], actions: [pinning(3)] }), ports)).toEqual({
      kind: 'not-built',
      failures: [
        {
          of: 'action',
          name: 'enrich',
          member: 'modules',
          errors: [
            {
              id: 'module_version_unknown',
              msg: 'module "money" has no version 3 here; it has 1: pin one of them, or leave module_version_number out for the newest',
            },
          ],
        },
      ],
    })
    expect(await everything(deployment.store)).toEqual(before)
  })

  test('that are gone stay as long as a kept version pins them, and go with the last one', async () => {
    const { deployment, ports } = await opened()
    await writeTenant(configuration({ modules: [module()], actions: [pinning(1)] }), ports)
    await writeTenant(configuration(), ports)
    expect(await running(deployment)).not.toHaveProperty('modules')
    expect(await deployment.store.actionModules.list()).toHaveLength(1)
    await writeTenant(configuration({ actions: [], bindings: [] }), ports)
    for (const kind of ['actionModules', 'actionModuleVersions', 'actionVersions', 'actions'] as const)
      expect(await deployment.store[kind].list()).toEqual([])
  })

  test('have fifty versions at most: the oldest goes that nobody pins', async () => {
    const { deployment, ports } = await opened()
    const actions = [pinning(1)]
    for (let n = 1; n <= limits.moduleVersions + 1; n += 1)
      await writeTenant(configuration({ modules: [module({ code: `exports.n = ${n}` })], actions }), ports)
    const numbers = (await deployment.store.actionModuleVersions.list()).map(({ version_number }) => version_number)
    expect(numbers).toHaveLength(50)
    expect([numbers[0], numbers[1], numbers.at(-1)]).toEqual([1, 3, 51])
  })
})
