import { describe, expect, test } from 'vitest'
import {
  buildFailed,
  createAction,
  createClientCredential,
  createModule,
  type DeploymentPorts,
  DeploymentRefusal,
  type DeploymentRefusalReason,
  deleteAction,
  deleteClient,
  deleteClientCredential,
  deleteModule,
  deployAction,
  deploymentRefusals,
  ensureSigningKeys,
  getModuleVersion,
  getVersion,
  publishModuleVersion,
  revokeSigningKey,
  rollback,
  rollbackModule,
  rotateClientSecret,
  setBindings,
  setCredentialExpiry,
  tryDraft,
  updateAction,
  updateClient,
  updateModule,
  writeTenant,
} from '../../src/deployment/index.ts'
import { type Client, credentialsExchange, limits, type PinnedModule } from '../../src/domain/index.ts'
import { openClientSecretDigests } from '../../src/keys/index.ts'
import { readSnapshot } from '../../src/storage/index.ts'
import { credentialOf, newKey } from '../support/assertions.ts'
import { anAction, type Deployment, deployed, everything, openDeployment, stores, supported_triggers } from './given.ts'

const aClient = { client_id: 'billing', name: 'Billing', grant_types: ['client_credentials'] }
const aCredential = credentialOf(newKey('ES256'))
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const byId = (value: string) => ({ ref: { type: 'action_id' as const, value } })
const ofLogin = { supported_triggers: [{ id: 'post-login', version: 'v3' }] }
/** What is refused before it is run asks nothing of these. */
const notAsked = () => {
  throw new Error('an action that is not run was to be tried')
}
const neverTried = { tries: { runOnce: notAsked, deadlineMs: 1_000 }, tenant: 'example', snapshot: notAsked }

/** What is asked for, once what it takes is there; and the sentence it is refused with. */
interface Case {
  readonly ask: (deployment: Deployment) => Promise<() => Promise<unknown>>
  readonly status: number
  readonly sentence: string
}

function creating(changes: Parameters<typeof anAction>[1], name = 'a'): Case['ask'] {
  return async (deployment) => () => createAction(anAction(name, changes), deployment)
}

async function publishedModule(ports: DeploymentPorts, name = 'money') {
  const module = await createModule({ name, code: 'exports.a = 1' }, ports)
  const published = await publishModuleVersion(module.id, ports)
  if (published.status === 'failed') throw new Error(JSON.stringify(published.errors))
  return { module, version: published.version }
}

const cases: Readonly<Record<DeploymentRefusalReason, Case>> = {
  'name-missing': { ask: creating({}, ' '), status: 400, sentence: 'the action has no name; give one' },
  'name-too-long': {
    ask: async (d) => () => createModule({ name: 'm'.repeat(256), code: '' }, d),
    status: 400,
    sentence: 'the name of the module has 256 characters; the limit is 255: shorten it',
  },
  'nul-character': {
    ask: creating({}, 'a\0b'),
    status: 400,
    sentence: 'the name of the action holds a NUL character: "a\\u0000b"; take it out',
  },
  'code-too-large': {
    ask: creating({ code: 'é'.repeat(50_001) }),
    status: 400,
    sentence:
      'the code of the action has 100002 bytes; the limit is 100000: move a part of it to an npm package or a module',
  },
  'too-many-secrets': {
    ask: async (d) => {
      const { id } = await createAction(anAction('a', { secrets: [{ name: 'S', value: 'kept' }] }), d)
      return () => updateAction(id, { secrets: many(31, (n) => ({ name: `S${n}`, value: '' })) }, d)
    },
    status: 400,
    sentence: 'the action has 31 secrets; the limit is 30: join some or take some out',
  },
  'secret-name-length': {
    ask: creating({ secrets: [{ name: '', value: '' }] }),
    status: 400,
    sentence: 'invalid Secrets[0].Name: value length must be between 1 and 128 runes, inclusive; it is 0',
  },
  'secret-named-twice': {
    ask: creating({ secrets: many(2, () => ({ name: 'KEY', value: '' })) }),
    status: 400,
    sentence: 'the secret "KEY" is named twice; give each its own name',
  },
  'secret-value-too-long': {
    ask: creating({ secrets: [{ name: 'KEY', value: 'x'.repeat(4_097) }] }),
    status: 400,
    sentence: 'the secret "KEY" has 4097 characters; the limit is 4096: shorten it',
  },
  'secret-without-value': {
    ask: async (d) => {
      const { id } = await createAction(anAction('a', { secrets: [{ name: 'OLD', value: 'x' }] }), d)
      return () => updateAction(id, { code: '', secrets: [{ name: 'OLD' }, { name: 'NEW' }] }, d)
    },
    status: 400,
    sentence: 'the secret "NEW" has no value and none is stored to keep; give it a value',
  },
  'too-many-dependencies': {
    ask: creating({ dependencies: many(11, (n) => ({ name: `p${n}` })) }),
    status: 400,
    sentence: 'the action has 11 dependencies; the limit is 10: take some out',
  },
  'dependency-name': {
    ask: creating({ dependencies: [{ name: '../etc', version: '1' }] }),
    status: 400,
    sentence: '"../etc" cannot be the name of an npm package; give one such as "lodash" or "@scope/name"',
  },
  'dependency-named-twice': {
    ask: creating({ dependencies: [{ name: 'axios' }, { name: 'axios', version: '1' }] }),
    status: 400,
    sentence: 'the dependency "axios" is named twice; keep one',
  },
  'dependency-version': {
    ask: creating({ dependencies: [{ name: 'axios', version: 'file:../axios' }] }),
    status: 400,
    sentence:
      'the version "file:../axios" of the dependency "axios" is none that a registry has, of at most 50 characters; give an exact version, a range, a tag, or nothing for the latest',
  },
  'runtime-unknown': {
    ask: creating({ runtime: 'node99' }),
    status: 400,
    sentence: 'runtime is not supported: "node99"; use one of "node22", "node18", "node18-actions", "node16", "node12"',
  },
  'trigger-count': {
    ask: creating({ supported_triggers: [...supported_triggers, ...supported_triggers] }),
    status: 400,
    sentence: 'supported_triggers must name exactly one trigger; found 2',
  },
  'supported-trigger-unknown': {
    ask: creating({ supported_triggers: [{ id: 'pre-login', version: 'v1' }] }),
    status: 400,
    sentence: 'there is no trigger "pre-login"; give one of those that the list of triggers has',
  },
  'trigger-v1': {
    ask: creating({ supported_triggers: [{ id: credentialsExchange, version: 'v1' }] }),
    status: 400,
    sentence:
      'version "v1" of credentials-exchange is not served; rewrite the action as exports.onExecuteCredentialsExchange = async (event, api) => {…} and set "v2"',
  },
  'trigger-version-unknown': {
    ask: creating({ supported_triggers: [{ id: credentialsExchange, version: 'v9' }] }),
    status: 400,
    sentence: 'version "v9" of credentials-exchange is unknown; set "v2"',
  },
  'too-many-modules': {
    ask: async (d) => {
      const modules: PinnedModule[] = []
      for (const name of ['a', 'b', 'c', 'd']) {
        const { module, version } = await publishedModule(d, name)
        modules.push({ module_id: module.id, module_version_id: version.id })
      }
      return () => createAction(anAction('x', { modules }), d)
    },
    status: 400,
    sentence: 'the action pins 4 modules; the limit is 3: join some or take some out',
  },
  'module-pinned-twice': {
    ask: creating({ modules: many(2, () => ({ module_id: 'm', module_version_id: 'v' })) }),
    status: 400,
    sentence: 'the module "m" is pinned twice; keep one of its versions',
  },
  'module-nested': {
    ask: async (d) => {
      const { id } = await createModule({ name: 'own', code: '' }, d)
      // A module that requires itself is the shortest cycle there could be.
      return () => updateModule(id, { code: "module.exports = require('actions:own')" }, d)
    },
    status: 400,
    sentence:
      'the code of the module requires "actions:own": a module cannot use another one; copy what it needs into it',
  },
  'pin-unknown': {
    ask: async (d) => {
      const { version } = await publishedModule(d, 'a')
      const other = await publishedModule(d, 'b')
      const modules = [{ module_id: other.module.id, module_version_id: version.id }]
      const asking = () => createAction(anAction('x', { modules }), d)
      return () => asking().catch((error: unknown) => Promise.reject(withoutIds(error, other.module.id, version.id)))
    },
    status: 400,
    sentence: 'the module "ID-0" has no version "ID-1"; pin one that it has published',
  },
  'too-many-actions': {
    ask: async (d) => {
      for (let n = 0; n < limits.actions; n += 1) await createAction(anAction(`a${n}`), d)
      return () => createAction(anAction('one more'), d)
    },
    status: 400,
    sentence: 'the tenant has 100 actions; the limit is 100: delete one first',
  },
  'too-many-tenant-modules': {
    ask: async (d) => {
      for (let n = 0; n < limits.modules; n += 1) await createModule({ name: `m${n}`, code: '' }, d)
      return () => createModule({ name: 'one more', code: '' }, d)
    },
    status: 400,
    sentence: 'the tenant has 100 modules; the limit is 100: delete one first',
  },
  'action-name-taken': {
    ask: async (d) => {
      await createAction(anAction('a'), d)
      const { id } = await createAction(anAction('b'), d)
      return () => updateAction(id, { name: 'a' }, d)
    },
    status: 409,
    sentence: 'an action named "a" exists already; give another name',
  },
  'module-name-taken': {
    ask: async (d) => {
      await createModule({ name: 'm', code: '' }, d)
      return () => createModule({ name: 'm', code: '' }, d)
    },
    status: 409,
    sentence: 'a module named "m" exists already; give another name',
  },
  'action-unknown': {
    ask: async (d) => () => deleteAction('gone', { force: true }, d),
    status: 404,
    sentence: 'That action does not exist.',
  },
  'action-version-unknown': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      return () => rollback(action.id, 'gone', {}, d)
    },
    status: 404,
    sentence: 'the action has no version "gone"; its versions are listed under it',
  },
  'module-unknown': {
    ask: async (d) => () => publishModuleVersion('gone', d),
    status: 404,
    sentence: 'there is no module "gone"',
  },
  'module-version-unknown': {
    ask: async (d) => {
      const { module } = await publishedModule(d)
      return () => getModuleVersion(module.id, 'gone', d.store)
    },
    status: 404,
    sentence: 'the module has no version "gone"; its versions are listed under it',
  },
  'not-built': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      await updateAction(action.id, { code: '// edited' }, d)
      return () => deployAction(action.id, d)
    },
    status: 400,
    sentence: "A draft must be in the 'built' state before it can be deployed.",
  },
  'build-failed': {
    // What throws it stores how the build went: `test/api/management/action-versions.test.ts` asks it.
    ask: async () => () => Promise.reject(buildFailed('a', [{ id: 'no_such_package', msg: '"small" is not there' }])),
    status: 400,
    sentence: '"a" cannot be built: "small" is not there. Mend that and try again',
  },
  'packages-lost': {
    ask: async (d) => {
      const { action, version } = await deployed(d, 'a')
      await d.store.actionVersions.update(version.id, version.revision, { bundle: 'f'.repeat(64) })
      return () => rollback(action.id, version.id, {}, d)
    },
    status: 400,
    sentence:
      'the npm packages of version 1 are lost and cannot be made again: what they were resolved to is not stored; nothing was changed',
  },
  'action-bound': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      await setBindings(credentialsExchange, [byId(action.id)], d)
      return () => deleteAction(action.id, {}, d)
    },
    status: 409,
    sentence: 'Unable to delete an action bound to a trigger.',
  },
  'module-pinned': {
    ask: async (d) => {
      const { module, version } = await publishedModule(d)
      const modules = [{ module_id: module.id, module_version_id: version.id }]
      const { action } = await deployed(d, 'in a version', { modules })
      await updateAction(action.id, { modules: null }, d)
      await createAction(anAction('in a draft', { modules }), d)
      return () => deleteModule(module.id, d)
    },
    status: 412,
    sentence:
      'the module "money" is pinned by "in a draft", "in a version", in a draft or a version that is kept; take it out there first',
  },
  'module-unchanged': {
    ask: async (d) => {
      const { module } = await publishedModule(d)
      return () => publishModuleVersion(module.id, d)
    },
    status: 409,
    sentence: 'No draft version is available to publish.',
  },
  'module-draft-is-version': {
    ask: async (d) => {
      const { module, version } = await publishedModule(d)
      return () => rollbackModule(module.id, version.id, d)
    },
    status: 409,
    sentence: 'The specified version is already the current draft version.',
  },
  'module-versions-full': {
    ask: async (d) => {
      const { module } = await publishedModule(d)
      for (let n = 1; n < limits.moduleVersions; n += 1) {
        await updateModule(module.id, { code: `exports.a = ${n}` }, d)
        await publishModuleVersion(module.id, d)
      }
      return () => publishModuleVersion(module.id, d)
    },
    status: 412,
    sentence: 'the module "money" has 50 versions; the limit is 50: publish under another name',
  },
  'trigger-unknown': {
    ask: async (d) => () => setBindings('pre-login', [], d),
    status: 404,
    sentence: 'there is no trigger "pre-login"; the list of triggers has those there are',
  },
  'trigger-not-served': {
    ask: async (d) => {
      const { id } = await createAction(anAction('a', ofLogin), d)
      return () => tryDraft(id, {}, { ...d, ...neverTried })
    },
    status: 400,
    sentence:
      'the action "a" is for the trigger "post-login", whose actions are kept here and never run; try it at Auth0, or an action of "credentials-exchange" here',
  },
  'too-many-tries': {
    ask: async (d) => {
      const { id } = await createAction(anAction('a'), d)
      const overloaded = { kind: 'overloaded' as const, startedAt: 0, endedAt: 0, console: [] }
      const runOnce = async () => ({ outcomes: [overloaded], bootMs: 0, runMs: 0 })
      const served = await readSnapshot(d.store, 'example', 'auth.example.com')
      const tries = { runOnce, deadlineMs: 1_000 }
      return () => tryDraft(id, {}, { ...d, tries, tenant: 'example', snapshot: () => served })
    },
    status: 429,
    sentence: 'the action "a" was not run: too many test runs wait for theirs; repeat it when they have ended',
  },
  'trigger-moved': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      return () => updateAction(action.id, ofLogin, d)
    },
    status: 400,
    sentence: "can't upgrade to this trigger.",
  },
  'too-many-bindings': {
    ask: async (d) => {
      const ids: string[] = []
      for (const n of many(21, (index) => index)) ids.push((await deployed(d, `a${n}`)).action.id)
      await setBindings(credentialsExchange, ids.slice(0, 20).map(byId), d)
      return () => setBindings(credentialsExchange, ids.map(byId), d)
    },
    status: 400,
    sentence: 'the trigger has 21 bindings; the limit is 20: take some out',
  },
  'binding-unresolved': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      await setBindings(credentialsExchange, [byId(action.id)], d)
      const gone = { ref: { type: 'action_name' as const, value: 'gone' } }
      return () => setBindings(credentialsExchange, [byId(action.id), gone], d)
    },
    status: 400,
    sentence: 'the action_name "gone" leads to no action; nothing was bound',
  },
  'bound-undeployed': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      const { id } = await createAction(anAction('b'), d)
      return () => setBindings(credentialsExchange, [byId(action.id), byId(id)], d)
    },
    status: 400,
    sentence: 'Trying to create a binding for an action that has not been deployed yet',
  },
  'bound-incompatible': {
    ask: async (d) => {
      const [served, kept] = [await deployed(d, 'a'), await deployed(d, 'b', ofLogin)]
      return () => setBindings(credentialsExchange, [byId(served.action.id), byId(kept.action.id)], d)
    },
    status: 400,
    sentence: 'Trying to create a binding between an incompatible action and trigger.',
  },
  'bound-twice': {
    ask: async (d) => {
      const { action } = await deployed(d, 'a')
      const byName = { ref: { type: 'action_name' as const, value: 'a' } }
      return () => setBindings(credentialsExchange, [byId(action.id), byName], d)
    },
    status: 400,
    sentence: 'the action "a" is bound twice; bind it once',
  },
  'resource-server-unusable': {
    ask: async (d) => () =>
      writeTenant(
        {
          settings: {},
          clients: [],
          resourceServers: [{ id: 'api', identifier: 'urn:a', signing_alg: 'HS256' }],
          signingSecrets: [{ resource_server_id: 'api', fixedSecret: 'short', newSecret: 'n'.repeat(64) }],
          clientGrants: [],
          organizations: [],
          organizationClientGrants: [],
          modules: [],
          actions: [],
          bindings: [],
        },
        { ...d, digests: openClientSecretDigests(d.sealer.digestKey), tenant: 'example' },
      ),
    status: 400,
    sentence: 'no token can be made for the API "urn:a": signing_secret must have 16 characters or more',
  },
  'client-unknown': {
    ask: async (d) => () => createClientCredential('nobody', aCredential, d),
    status: 404,
    sentence: 'there is no client "nobody"',
  },
  'client-global': {
    ask: async (d) => {
      await d.store.clients.create({ ...aClient, global: true })
      return () => deleteClient(aClient.client_id, d)
    },
    status: 400,
    sentence: 'Global client cannot be deleted.',
  },
  'credential-unknown': {
    ask: async (d) => {
      await d.store.clients.create(aClient)
      return () => setCredentialExpiry(aClient.client_id, 'cred_none', null, d)
    },
    status: 404,
    sentence: 'Credential does not exist',
  },
  'credential-unusable': {
    ask: async (d) => {
      await d.store.clients.create(aClient)
      return () => createClientCredential(aClient.client_id, { ...aCredential, pem: 'none' }, d)
    },
    status: 400,
    sentence: 'the credential of the client "billing" proves nothing: pem holds 0 keys or certificates; give one',
  },
  'credential-in-use': {
    ask: async (d) => {
      const client = await d.store.clients.create(aClient)
      const { id } = await createClientCredential(aClient.client_id, aCredential, d)
      const client_authentication_methods = { private_key_jwt: { credentials: [{ id }] } }
      await d.store.clients.update(client.client_id, client.revision + 1, { client_authentication_methods })
      return () => deleteClientCredential(client.client_id, id, d)
    },
    status: 400,
    sentence: 'Cannot delete credential still associated with a client',
  },
  'credential-not-own': {
    ask: async (d) => {
      await d.store.clients.create(aClient)
      const { digestKey } = d.sealer
      const change = (client: Client): Client => ({
        ...client,
        client_authentication_methods: { private_key_jwt: { credentials: [{ id: 'cred_none' }] } },
      })
      return () => updateClient(aClient.client_id, { change }, { ...d, digests: openClientSecretDigests(digestKey) })
    },
    status: 400,
    sentence:
      'private_key_jwt names the credential "cred_none", which the client does not have for it; make one with POST /api/v2/clients/ID/credentials first',
  },
  'too-many-credentials': {
    ask: async (d) => {
      await d.store.clients.create(aClient)
      for (let made = 0; made < 2; made += 1) await createClientCredential(aClient.client_id, aCredential, d)
      return () => createClientCredential(aClient.client_id, aCredential, d)
    },
    status: 400,
    sentence: 'the client has 2 credentials; the limit is 2: delete one first',
  },
  'overlap-out-of-bounds': {
    ask: async (d) => async () =>
      rotateClientSecret('billing', { ...d, digests: openClientSecretDigests(d.sealer.digestKey) }, -1),
    status: 400,
    sentence: 'a client secret cannot go on for -1 seconds; give a whole number from 0 to 2592000',
  },
  'signing-key-unknown': {
    ask: async (d) => () => revokeSigningKey('gone', d),
    status: 404,
    sentence: 'there is no signing key "gone"; those there are stand in the list of keys',
  },
  'signing-key-not-previous': {
    ask: async (d) => {
      const keys = await ensureSigningKeys(['ES256'], { ...d, commonName: 'auth.example.com' })
      const next = keys.find(({ state }) => state === 'next')
      const kid = next?.kid ?? ''
      return () => revokeSigningKey(kid, d).catch((error: unknown) => Promise.reject(withoutIds(error, kid)))
    },
    status: 400,
    sentence: 'the signing key "ID-0" is next; only a previous one can be revoked: rotate first',
  },
  'changed-meanwhile': {
    ask: async (d) => {
      const action = await createAction(anAction('a'), d)
      await updateAction(action.id, { code: '// theirs' }, d)
      return () => updateAction(action.id, { code: '// mine' }, d, action.revision)
    },
    status: 409,
    sentence: 'the action was changed meanwhile; read it again and repeat the change',
  },
}

function withoutIds(error: unknown, ...ids: readonly string[]): unknown {
  if (!(error instanceof DeploymentRefusal)) return error
  error.message = ids.reduce((text, id, index) => text.replace(id, `ID-${index}`), error.message)
  return error
}

describe('every refusal of the life of actions', () => {
  test('has its case here', () => {
    expect(Object.keys(cases).toSorted()).toEqual(Object.keys(deploymentRefusals).toSorted())
  })

  for (const [where, open] of Object.entries(stores)) {
    test.each(Object.entries(cases))(`%s: says so, and stores nothing, ${where}`, async (reason, given) => {
      const deployment = await openDeployment(open)
      const ask = await given.ask(deployment)
      const before = await everything(deployment.store)
      const refused: unknown = await ask().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(DeploymentRefusal)
      expect(refused).toMatchObject({ reason, status: given.status, message: given.sentence })
      expect(await everything(deployment.store)).toEqual(before)
    })
  }

  test('another action does not lend its version', async () => {
    const deployment = await openDeployment()
    const { version } = await deployed(deployment, 'a')
    const { id } = await createAction(anAction('b'), deployment)
    await expect(getVersion(id, version.id, deployment.store)).rejects.toThrow('the action has no version')
  })
})
