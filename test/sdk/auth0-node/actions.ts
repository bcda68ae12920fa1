import { describe, expect, test } from 'vitest'
import { handler } from '../../support/tenant.ts'
import { machine, type Opened } from './machine.ts'
import { type ReadList, SdkFailure, type Values } from './program.ts'

const trigger = 'credentials-exchange'
const supported_triggers = [{ id: trigger, version: 'v2' }]
const claim = (value: string) => handler(`api.accessToken.setCustomClaim('https://example.com/from', ${value})`)

/** Everything of `actions` in the SDK. */
export function actionCases(opened: () => Opened): void {
  describe('actions', () => {
    test('are written, built, deployed and bound, and shape the next token; with force they go although bound', async () => {
      const { sdk, server } = opened()
      const { parameters } = await machine(sdk, 'Shaped')
      const created = await sdk.call('actions.create', {
        name: 'Shapes tokens',
        code: claim('event.secrets.GREETING'),
        supported_triggers,
        secrets: [{ name: 'GREETING', value: 'hello' }],
      })
      expect(created).toMatchObject({ name: 'Shapes tokens', runtime: 'node22', all_changes_deployed: false })
      expect(created.secrets).toEqual([{ name: 'GREETING', updated_at: expect.any(String) }])
      const id = String(created.id)
      expect(await sdk.call('actions.deploy', id)).toMatchObject({ number: 1, action: { id } })
      expect(await sdk.call('actions.get', id)).toMatchObject({
        status: 'built',
        all_changes_deployed: true,
        deployed_version: { number: 1, deployed: true },
      })
      const { bindings } = await sdk.call<{ bindings: readonly Values[] }>(
        'actions.triggers.bindings.updateMany',
        trigger,
        {
          bindings: [{ ref: { type: 'action_id', value: id }, display_name: 'Shapes tokens' }],
        },
      )
      expect(bindings).toMatchObject([{ trigger_id: trigger, action: { id }, display_name: 'Shapes tokens' }])
      expect((await sdk.call<ReadList>('actions.triggers.bindings.list', trigger)).data).toEqual(bindings)
      expect(claimsOf((await server.token(parameters)).body)).toMatchObject({ 'https://example.com/from': 'hello' })

      const refused = await sdk.call('actions.delete', id).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(SdkFailure)
      expect(refused).toMatchObject({
        thrown: { statusCode: 409, body: { message: 'Unable to delete an action bound to a trigger.' } },
      })
      await sdk.call('actions.delete', id, { force: true })
      expect((await sdk.call<ReadList>('actions.triggers.bindings.list', trigger)).data).toEqual([])
      expect(claimsOf((await server.token(parameters)).body)).not.toHaveProperty(['https://example.com/from'])
      await expect(sdk.call('actions.get', id)).rejects.toMatchObject({
        thrown: { class: 'NotFoundError', statusCode: 404, body: { message: 'That action does not exist.' } },
      })
    })

    test('go back to an earlier version, which is a new one then', async () => {
      const { sdk } = opened()
      const id = await deployed(opened(), 'Goes back', claim('1'))
      await sdk.call('actions.update', id, { code: claim('2') })
      await sdk.call('actions.deploy', id)
      const { data, pages } = await sdk.call<ReadList>('actions.versions.list', id, { per_page: 1 })
      expect(data.map(({ number }) => number)).toEqual([2, 1])
      expect(pages).toBeGreaterThanOrEqual(2)
      const first = String(data.find(({ number }) => number === 1)?.id)
      expect(await sdk.call('actions.versions.get', id, first)).toMatchObject({ number: 1, code: claim('1') })
      expect(await sdk.call('actions.versions.deploy', id, first)).toMatchObject({ number: 3, code: claim('1') })
      expect(await sdk.call('actions.get', id)).toMatchObject({ deployed_version: { number: 3 } })
      await sdk.call('actions.delete', id)
    })

    test('are tried as drafts, and what they throw is the result', async () => {
      const { sdk } = opened()
      const { id } = await sdk.call('actions.create', {
        name: 'Is tried',
        code: handler("if (event.client.name === 'none') throw new Error('nobody is there')"),
        supported_triggers,
      })
      const thrown = await sdk.call('actions.test', String(id), { payload: { event: { client: { name: 'none' } } } })
      expect(thrown).toMatchObject({ payload: { error: { name: 'Error', message: 'nobody is there' } } })
      await sdk.call('actions.delete', String(id))
    })

    test('are listed in pages, and found by name and by whether they are deployed', async () => {
      const { sdk } = opened()
      const names = ['Listed one', 'Listed two', 'Listed three']
      const ids: string[] = []
      for (const name of names)
        ids.push(String((await sdk.call('actions.create', { name, code: claim('0'), supported_triggers })).id))
      const { data, pages } = await sdk.call<ReadList>('actions.list', { per_page: 2 })
      expect(data.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
      expect(pages).toBeGreaterThanOrEqual(2)
      const named = await sdk.call<ReadList>('actions.list', { actionName: 'Listed two', triggerId: trigger })
      expect(named.data.map(({ name }) => name)).toEqual(['Listed two'])
      const live = await sdk.call<ReadList>('actions.list', { deployed: true })
      expect(live.data.map(({ name }) => name)).not.toContain('Listed two')
      for (const id of ids) await sdk.call('actions.delete', id)
    })

    test('leave an execution that is read by the id in the log', async () => {
      const { sdk, server } = opened()
      const { parameters } = await machine(sdk, 'Executes')
      const id = await deployed(opened(), 'Executes', claim('1'))
      const reference = { ref: { type: 'action_id', value: id } }
      await sdk.call('actions.triggers.bindings.updateMany', trigger, { bindings: [reference] })
      await server.token(parameters)
      const { data } = await sdk.call<ReadList>('logs.list', { search: `client_id:"${parameters.client_id}"` })
      const execution = executionIn(data.find(({ type }) => type === 'seccft'))
      expect(await sdk.call('actions.executions.get', execution)).toMatchObject({ id: execution, trigger_id: trigger })
      await expect(sdk.call('actions.executions.get', 'none')).rejects.toMatchObject({
        thrown: { class: 'NotFoundError', body: { message: 'That execution does not exist.' } },
      })
      await sdk.call('actions.delete', id, { force: true })
    })

    test('have triggers, of which one runs here', async () => {
      const { sdk } = opened()
      const { triggers } = await sdk.call<{ triggers: readonly Values[] }>('actions.triggers.list')
      expect(triggers).toContainEqual(
        expect.objectContaining({ id: trigger, version: 'v2', status: 'CURRENT', default_runtime: 'node22' }),
      )
    })
  })

  describe('action modules', () => {
    test('are written, published, used, rolled back and removed', async () => {
      const { sdk } = opened()
      const made = await sdk.call('actions.modules.create', { name: 'greeter', code: "exports.greet = () => 'one'" })
      const module = String(made.id)
      expect(made).toMatchObject({ name: 'greeter', actions_using_module_total: 0, all_changes_published: false })
      const first = await sdk.call('actions.modules.versions.create', module)
      expect(first).toMatchObject({ module_id: module, version_number: 1 })
      await sdk.call('actions.modules.update', module, { code: "exports.greet = () => 'two'" })
      await sdk.call('actions.modules.versions.create', module)
      const versions = await sdk.call<ReadList>('actions.modules.versions.list', module)
      expect(versions.data.map(({ version_number }) => version_number).sort()).toEqual([1, 2])
      const versionId = String(first.id)
      expect(await sdk.call('actions.modules.versions.get', module, versionId)).toMatchObject({ version_number: 1 })
      const back = await sdk.call('actions.modules.rollback', module, { module_version_id: versionId })
      expect(back).toMatchObject({ id: module, code: "exports.greet = () => 'one'" })
      expect(await sdk.call('actions.modules.get', module)).toMatchObject({ code: "exports.greet = () => 'one'" })
      expect((await sdk.call<ReadList>('actions.modules.list')).data.map(({ id }) => id)).toContain(module)

      const { id } = await sdk.call('actions.create', {
        name: 'Uses the greeter',
        code: handler("require('actions:greeter').greet()"),
        supported_triggers,
        modules: [{ module_id: module, module_version_id: versionId }],
      })
      const users = await sdk.call<ReadList>('actions.modules.listActions', module)
      expect(users.data).toMatchObject([{ action_id: id, action_name: 'Uses the greeter' }])
      await expect(sdk.call('actions.modules.delete', module)).rejects.toMatchObject({
        thrown: { class: 'PreconditionFailedError', statusCode: 412 },
      })
      await sdk.call('actions.delete', String(id))
      await sdk.call('actions.modules.delete', module)
      await expect(sdk.call('actions.modules.get', module)).rejects.toMatchObject({
        thrown: { class: 'NotFoundError' },
      })
    })
  })
}

async function deployed({ sdk }: Opened, name: string, code: string): Promise<string> {
  const { id } = await sdk.call('actions.create', { name, code, supported_triggers })
  await sdk.call('actions.deploy', String(id))
  return String(id)
}

function executionIn(entry: Values | undefined): string {
  const found = /"executions":\["([^"]+)"\]/.exec(JSON.stringify(entry))?.[1]
  if (found === undefined) throw new Error(`the log names no execution: ${JSON.stringify(entry)}`)
  return found
}

function claimsOf({ access_token }: Values): Values {
  const [, payload = ''] = String(access_token).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}
