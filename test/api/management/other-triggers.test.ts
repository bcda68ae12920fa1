import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openRegistry } from '../../support/registry.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { bindingsPath, created, deployed, idOf, nineDigits, refusal, setting, uuid } from './given-action.ts'

const supported_triggers = [{ id: 'post-login', version: 'v3' }]
const loginBindings = '/actions/triggers/post-login/bindings'
const code = "exports.onExecutePostLogin = async (event, api) => { api.accessToken.setCustomClaim('leaked', true) }"
const remark = [{ id: 'trigger_not_served', msg: expect.stringContaining('"post-login"') }]

describe('an action for another trigger of Auth0', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({ actions: [{ name: 'serves', code: setting('served', 'true') }] })
  })
  afterAll(() => server.close())

  const read = async (id: string) => (await server.manage('GET', `/actions/actions/${id}`)).body
  const built = (id: string) => expect.poll(async () => (await read(id)).status).toBe('built')
  const bind = (path: string, ...names: readonly string[]) =>
    server.manage('PATCH', path, { bindings: names.map((value) => ({ ref: { type: 'action_name', value } })) })
  const boundTo = async (path: string) => (await server.manage('GET', path)).body.bindings
  /** Deletes it with its binding: the tests share a server. */
  const removed = (id: string) => server.manage('DELETE', `/actions/actions/${id}?force=true`)

  test('is kept as it was sent, and stands as built with a remark that it is not run', async () => {
    const sent = { name: 'Log in', supported_triggers, code, runtime: 'node18', dependencies: [], secrets: [] }
    const { status, body } = await server.manage('POST', '/actions/actions', sent)
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        ...sent,
        id: uuid,
        status: 'pending',
        created_at: nineDigits,
        updated_at: nineDigits,
        all_changes_deployed: false,
      },
    })
    await built(String(body.id))
    expect(await read(String(body.id))).toEqual({ ...body, status: 'built', errors: remark })
    await removed(String(body.id))
  })

  test('of no version of its trigger is of the current one, and moves to another version of it', async () => {
    const id = await created(server, 'without a version', { supported_triggers: [{ id: 'post-login' }] })
    expect(await read(id)).toMatchObject({ supported_triggers })
    const older = { supported_triggers: [{ id: 'post-login', version: 'v2' }] }
    expect(await server.manage('PATCH', `/actions/actions/${id}`, older)).toMatchObject({ status: 200, body: older })
    await removed(id)
  })

  test('is deployed in versions, bound in order under new ids each time, listed by its trigger and taken back', async () => {
    const [one, two] = [
      await deployed(server, 'one', { supported_triggers, code }),
      await deployed(server, 'two', { supported_triggers, code }),
    ]
    expect(await read(one)).toMatchObject({
      all_changes_deployed: true,
      deployed_version: { number: 1, status: 'built', deployed: true, supported_triggers, errors: remark },
    })
    const before = await bind(loginBindings, 'one', 'two')
    expect(before).toMatchObject({
      status: 200,
      body: {
        bindings: [
          { trigger_id: 'post-login', display_name: 'one', action: { id: one, supported_triggers } },
          { trigger_id: 'post-login', display_name: 'two', action: { id: two } },
        ],
      },
    })
    const after = await bind(loginBindings, 'two', 'one')
    expect(await boundTo(loginBindings)).toEqual(after.body.bindings)
    const earlier = JSON.stringify(before.body)
    expect(idsOf(after.body.bindings).filter((id) => earlier.includes(id))).toEqual([])
    const listed = await server.manage('GET', '/actions/actions?triggerId=post-login')
    expect(listed.body).toMatchObject({ actions: [{ id: one }, { id: two }], total: 2 })
    const { body } = await server.manage('GET', `/actions/actions/${one}/versions`)
    const [version] = idsOf(body.versions)
    expect(await server.manage('POST', `/actions/actions/${one}/versions/${version}/deploy`)).toMatchObject({
      status: 200,
      body: { number: 2, code },
    })
    expect(refusal(await server.manage('DELETE', `/actions/actions/${one}`))).toEqual({
      status: 409,
      message: 'Unable to delete an action bound to a trigger.',
    })
    expect((await removed(one)).status).toBe(204)
    expect(await boundTo(loginBindings)).toMatchObject([{ action: { id: two } }])
    expect((await bind(loginBindings)).body).toEqual({ bindings: [] })
    expect((await server.manage('DELETE', `/actions/actions/${two}`)).status).toBe(204)
  })

  test('that is bound there has no part in any token', async () => {
    const id = await deployed(server, 'bound there', { supported_triggers, code })
    await bind(loginBindings, 'bound there')
    const { claims } = await server.token()
    expect(claims).toMatchObject({ served: true })
    expect(claims).not.toHaveProperty('leaked')
    await removed(id)
  })

  test('is not bound to the trigger that is run, nor one of that to its own, and what is bound stays', async () => {
    const id = await deployed(server, 'wrong', { supported_triggers, code })
    const incompatible = {
      status: 400,
      message: 'Trying to create a binding between an incompatible action and trigger.',
    }
    expect(refusal(await bind(bindingsPath, 'serves', 'wrong'))).toEqual(incompatible)
    expect(refusal(await bind(loginBindings, 'wrong', 'serves'))).toEqual(incompatible)
    expect(await boundTo(bindingsPath)).toMatchObject([{ display_name: 'serves' }])
    expect(await boundTo(loginBindings)).toEqual([])
    expect((await server.token()).claims).toMatchObject({ served: true })
    await removed(id)
  })

  test('does not move to the trigger that is run, nor one of that to another', async () => {
    const id = await deployed(server, 'stays', { supported_triggers, code })
    const [bound] = idsOf((await server.manage('GET', '/actions/actions?actionName=serves')).body.actions)
    const moved = { status: 400, message: "can't upgrade to this trigger." }
    const served = { supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }] }
    expect(refusal(await server.manage('PATCH', `/actions/actions/${id}`, served))).toEqual(moved)
    expect(refusal(await server.manage('PATCH', `/actions/actions/${bound}`, { supported_triggers }))).toEqual(moved)
    expect(await read(id)).toMatchObject({ supported_triggers, status: 'built', all_changes_deployed: true })
    expect((await server.token()).claims).toMatchObject({ served: true })
    await removed(id)
  })

  test('is not tried, and the refusal says why', async () => {
    const id = await created(server, 'untried', { supported_triggers, code })
    expect(refusal(await server.manage('POST', `/actions/actions/${id}/test`, { payload: { event: {} } }))).toEqual({
      status: 400,
      message: expect.stringMatching(/"untried" is for the trigger "post-login".*never run; try it at Auth0/),
    })
    await removed(id)
  })

  test('keeps its secrets sealed, and one that is sent by its name alone', async () => {
    const secrets = [
      { name: 'A', value: 'first-of-login' },
      { name: 'B', value: 'second-of-login' },
    ]
    const id = await deployed(server, 'secretive', { supported_triggers, code, secrets })
    const before = await read(id)
    expect(before).toMatchObject({ secrets: [{ name: 'A' }, { name: 'B' }] })
    const patch = { secrets: [{ name: 'A' }, { name: 'B', value: 'third-of-login' }] }
    const { body, text } = await server.manage('PATCH', `/actions/actions/${id}`, patch)
    expect(body).toMatchObject({ status: 'pending', all_changes_deployed: false })
    expect(Object(body.secrets)[0]).toEqual(Object(before.secrets)[0])
    expect(Object(body.secrets)[1]).not.toEqual(Object(before.secrets)[1])
    const files = ['config.db', 'config.db-wal'].map((name) => readFile(join(server.dataDir, name), 'latin1'))
    const stored = (await Promise.all(files)).join('')
    expect(stored).toContain('"secretive"')
    expect(stored + text + JSON.stringify(before)).not.toMatch(/(first|second|third)-of-login/)
    await removed(id)
  })

  test.each([
    [[{ id: 'post-login', version: 'v9' }], 'version "v9" of post-login is unknown; set "v3"'],
    [[{ id: 'credentials-exchange', version: 'v1' }], /^version "v1" of credentials-exchange is not served/],
    [[{ id: 'pre-login', version: 'v1' }], /supported_triggers\[0\]\.id/],
    [[...supported_triggers, { id: 'event-stream', version: 'v1' }], /exactly one trigger; found 2/],
  ])('is refused, and not there, for %j', async (given, message) => {
    const body = { name: 'none', supported_triggers: given }
    expect(refusal(await server.manage('POST', '/actions/actions', body))).toEqual({
      status: 400,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect((await server.manage('GET', '/actions/actions?actionName=none')).body).toEqual({ actions: [], per_page: 20 })
  })

  test('is taken for every trigger that is listed, in its current version, and its bindings are read there', async () => {
    const { body } = await server.manage('GET', '/actions/triggers')
    const current = listOf(body.triggers).filter(({ status }) => status === 'CURRENT')
    const ids = current.map(({ id }) => String(id))
    expect(ids).toHaveLength(new Set(ids).size)
    expect(new Set(listOf(body.triggers).map(({ id }) => id))).toEqual(new Set(ids))
    for (const { id, version } of current) {
      const answer = await server.manage('POST', '/actions/actions', {
        ...{ name: `of ${id}`, supported_triggers: [{ id, version }], deploy: true },
      })
      expect(answer, answer.text).toMatchObject({ status: 201, body: { supported_triggers: [{ id, version }] } })
      expect((await server.manage('GET', `/actions/triggers/${id}/bindings`)).status).toBe(200)
      await removed(idOf(answer))
    }
  })

  test('is bound even to a trigger whose actions are bound to something else at Auth0', async () => {
    const path = '/actions/triggers/event-stream/bindings'
    expect((await server.manage('GET', path)).body).toEqual({ bindings: [], per_page: 20 })
    const id = await deployed(server, 'streams', { supported_triggers: [{ id: 'event-stream' }] })
    await bind(path, 'streams')
    expect(await boundTo(path)).toMatchObject([{ trigger_id: 'event-stream', action: { id } }])
    await removed(id)
    expect(await boundTo(path)).toEqual([])
  })

  test('goes when the folder of the tenant is saved, with its bindings; one of the folder of its name is built', async () => {
    await deployed(server, 'renewed', { supported_triggers, code: setting('renewed', 'true') })
    await bind(loginBindings, 'renewed')
    await server.serve({ actions: [{ name: 'renewed', code: setting('renewed', 'true') }] })
    expect(await boundTo(loginBindings)).toEqual([])
    expect((await server.manage('GET', '/actions/actions')).body).toMatchObject({
      actions: [{ name: 'renewed', supported_triggers: [{ id: 'credentials-exchange', version: 'v2' }] }],
      total: 1,
    })
    expect((await server.token()).claims).toMatchObject({ renewed: true })
  })
})

describe('the packages of an action for another trigger', () => {
  test('are kept as they were named, and no registry is asked for them', async () => {
    const registry = await openRegistry([])
    onTestFinished(() => registry.close())
    const server = await openServer({}, { ACTIONS_REGISTRY: registry.url })
    onTestFinished(() => server.close())
    const dependencies = [
      { name: 'not-there', version: 'latest' },
      { name: 'nor-this', version: '^1.0.0' },
    ]
    const id = await deployed(server, 'unbuilt', { supported_triggers, code, dependencies })
    const { body } = await server.manage('GET', `/actions/actions/${id}`)
    expect(body).toMatchObject({ status: 'built', dependencies, deployed_version: { dependencies }, errors: remark })
    await server.manage('PATCH', `/actions/actions/${id}`, { dependencies, code: `${code}\n` })
    expect(await server.manage('POST', `/actions/actions/${id}/deploy`)).toMatchObject({ body: { number: 2 } })
    expect(registry.requests).toEqual([])
  })
})

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`)
  return value
}

function idsOf(value: unknown): readonly string[] {
  return listOf(value).map(({ id }) => String(id))
}
