import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openRegistry } from '../../support/registry.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import {
  bindingsPath,
  created,
  deployed,
  idOf,
  nineDigits,
  refusal,
  setting,
  supported_triggers,
  uuid,
} from './given-action.ts'

const code = setting('plan', "'gold'")
const small = { name: 'small', version: '1.0.0', files: { 'index.js': "module.exports = 'small'" } }

describe('an action', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const read = async (id: string) => (await server.manage('GET', `/actions/actions/${id}`)).body

  test('is created with what Auth0 gives one that says little, pending, and built in a moment', async () => {
    const { status, body } = await server.manage('POST', '/actions/actions', { name: 'bare', supported_triggers })
    const expected = {
      id: uuid,
      name: 'bare',
      supported_triggers,
      created_at: nineDigits,
      updated_at: nineDigits,
      code: 'module.exports = () => {}',
      dependencies: [],
      runtime: 'node22',
      status: 'pending',
      secrets: [],
      all_changes_deployed: false,
    }
    expect({ status, body }).toEqual({ status: 201, body: expected })
    await expect.poll(() => read(String(body.id))).toEqual({ ...body, status: 'built' })
  })

  test('of no version of its trigger is of the current one', async () => {
    const id = await created(server, 'without a version', { supported_triggers: [{ id: 'credentials-exchange' }] })
    expect(await read(id)).toMatchObject({ supported_triggers })
  })

  test('keeps a secret that is sent by its name alone, tells when one changed, and never its value', async () => {
    const secrets = [
      { name: 'A', value: 'first-a' },
      { name: 'B', value: 'first-b' },
    ]
    const id = await created(server, 'secretive', { code, secrets })
    const before = await read(id)
    expect(before.secrets).toEqual([
      { name: 'A', updated_at: nineDigits },
      { name: 'B', updated_at: nineDigits },
    ])
    const sent = [{ name: 'B', value: 'second-b' }, { name: 'C', value: 'first-c' }, { name: 'A' }]
    const { status, body, text } = await server.manage('PATCH', `/actions/actions/${id}`, { secrets: sent })
    expect({ status, names: namesOf(body.secrets) }).toEqual({ status: 200, names: ['A', 'B', 'C'] })
    expect(secretOf(body, 'A')).toEqual(secretOf(before, 'A'))
    expect(secretOf(body, 'B')).not.toEqual(secretOf(before, 'B'))
    expect(text + JSON.stringify(before)).not.toMatch(/first-|second-/)
    const values = handlerOf('Object.values(event.secrets)')
    await server.manage('PATCH', `/actions/actions/${id}`, { code: values })
    const tried = await server.manage('POST', `/actions/actions/${id}/test`, { payload: {} })
    expect(tried.body).toMatchObject({ payload: { result: { claims: { seen: ['first-a', 'second-b', 'first-c'] } } } })
    expect((await server.manage('PATCH', `/actions/actions/${id}`, { secrets: [] })).body.secrets).toEqual([])
  })

  test('is pending after an edit of its content, and no longer deployed as it is; what is deployed stays', async () => {
    const id = await deployed(server, 'edited', { code })
    const before = await read(id)
    expect(before).toMatchObject({ status: 'built', all_changes_deployed: true })
    const renamed = await server.manage('PATCH', `/actions/actions/${id}`, { name: 'edited once' })
    expect(renamed.body).toMatchObject({ name: 'edited once', status: 'built', all_changes_deployed: true })
    const { body } = await server.manage('PATCH', `/actions/actions/${id}`, { code, runtime: 'node18' })
    expect(body).toMatchObject({ status: 'pending', all_changes_deployed: false, runtime: 'node18' })
    expect(body.deployed_version).toEqual(before.deployed_version)
    expect(body.current_version).toEqual(before.current_version)
    await expect.poll(async () => (await read(id)).status).toBe('built')
    expect(await read(id)).toMatchObject({ all_changes_deployed: false })
  })

  test('shows the version that is deployed, in short and in full', async () => {
    const id = await deployed(server, 'shown', { code, secrets: [{ name: 'A', value: '1' }] })
    const { current_version, deployed_version, secrets } = await read(id)
    const version = { id: uuid, code, runtime: 'node22', number: 1, created_at: nineDigits, updated_at: nineDigits }
    expect(current_version).toEqual({ ...version, status: 'BUILT', build_time: nineDigits })
    expect(deployed_version).toEqual({
      ...version,
      dependencies: [],
      deployed: true,
      built_at: nineDigits,
      secrets,
      status: 'built',
      supported_triggers,
    })
  })

  test('that is to be deployed at once is, before the answer says so', async () => {
    const body = { name: 'at once', supported_triggers, code, deploy: true }
    const answer = await server.manage('POST', '/actions/actions', body)
    expect(answer).toMatchObject({
      status: 201,
      body: {
        status: 'pending',
        current_version: { status: 'PENDING' },
        deployed_version: { deployed: true, number: 1 },
      },
    })
    expect(await read(idOf(answer))).toMatchObject({
      status: 'built',
      all_changes_deployed: true,
      current_version: { status: 'BUILT' },
    })
  })

  test('that is bound is deleted only by force, its binding with it; a second time there is nothing', async () => {
    const id = await deployed(server, 'bound', { code })
    const bindings = [{ ref: { type: 'action_id', value: id } }]
    await server.manage('PATCH', bindingsPath, { bindings })
    expect(refusal(await server.manage('DELETE', `/actions/actions/${id}`))).toEqual({
      status: 409,
      message: 'Unable to delete an action bound to a trigger.',
    })
    expect(await server.manage('DELETE', `/actions/actions/${id}?force=true`)).toMatchObject({ status: 204, text: '' })
    expect((await server.manage('GET', bindingsPath)).body).toEqual({ bindings: [], per_page: 20 })
    const gone = { status: 404, message: 'That action does not exist.' }
    expect(refusal(await server.manage('DELETE', `/actions/actions/${id}?force=true`))).toEqual(gone)
    expect(refusal(await server.manage('GET', `/actions/actions/${id}`))).toEqual(gone)
    expect(refusal(await server.manage('PATCH', `/actions/actions/${id}`, { code }))).toEqual(gone)
    expect(refusal(await server.manage('POST', `/actions/actions/${id}/deploy`))).toEqual(gone)
  })

  test.each([
    [{ name: 'x' }, "Payload validation error: 'Missing required property: supported_triggers'."],
    [{ name: 'x', supported_triggers: [] }, /'Array is too short \(0\), minimum 1' on property supported_triggers/],
    [
      { name: 'x', supported_triggers, colour: 1 },
      "Payload validation error: 'Additional properties not allowed: colour'.",
    ],
    [{ name: 'x', supported_triggers: [{ id: 'credentials-exchange', version: 'v1' }] }, /"v1".*set "v2"/],
    [{ name: 'x', supported_triggers: [{ id: 'pre-login', version: 'v1' }] }, /supported_triggers\[0\]\.id/],
    [{ name: 'x', supported_triggers, runtime: 'node99' }, /^runtime is not supported/],
    [
      { name: 'x', supported_triggers, secrets: [{ value: 'a' }] },
      'invalid CreateActionRequest.Draft: embedded message failed validation | caused by: invalid DraftInformation.Secrets[0]: embedded message failed validation | caused by: invalid NameValueOptional.Name: value length must be between 1 and 128 runes, inclusive',
    ],
    [{ name: 'x', supported_triggers, secrets: [{ name: 'A' }] }, /"A" has no value/],
    [{ name: 'x', supported_triggers, modules: [{ module_name: 'none', module_version_number: 1 }] }, /"none"/],
  ])('is refused, and not there, when it is given as %j', async (body, message) => {
    const refused = refusal(await server.manage('POST', '/actions/actions', body))
    expect(refused).toEqual({
      status: 400,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect((await server.manage('GET', '/actions/actions?actionName=x')).body).toEqual({ actions: [], per_page: 20 })
  })

  test.each(['actions', 'executions', 'modules'])('is not asked for without an id, among %s', async (kind) => {
    const answers = ['GET', 'DELETE'].map((method) => server.manage(method, `/actions/${kind}/`))
    const notFound = { status: 404, message: 'Not Found' }
    expect((await Promise.all(answers)).map(refusal)).toEqual([notFound, notFound])
  })

  test('has a name of its own', async () => {
    await created(server, 'taken')
    expect(await server.manage('POST', '/actions/actions', { name: 'taken', supported_triggers })).toMatchObject({
      status: 409,
      body: { error: 'Conflict', message: expect.stringContaining('"taken"') },
    })
  })

  test('is edited by four at once, and no edit is lost', async () => {
    const id = await created(server, 'edited by four', { code })
    const edits = [
      { code: '// edited' },
      { runtime: 'node18' },
      { name: 'by four' },
      { secrets: [{ name: 'A', value: '1' }] },
    ]
    const answers = await Promise.all(edits.map((edit) => server.manage('PATCH', `/actions/actions/${id}`, edit)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await read(id)).toMatchObject({
      code: '// edited',
      runtime: 'node18',
      name: 'by four',
      secrets: [{ name: 'A' }],
    })
  })
})

describe('the list of actions', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  test('tells how many there are and which page it is, unless that is none and the first', async () => {
    expect((await server.manage('GET', '/actions/actions')).body).toEqual({ actions: [], per_page: 20 })
    for (const name of ['one', 'two', 'three']) await created(server, name, { code })
    const names = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => ({
      ...body,
      actions: namesOf(body.actions),
    })
    const page = async (query: string) => names(await server.manage('GET', `/actions/actions${query}`))
    expect(await page('')).toEqual({ actions: ['one', 'two', 'three'], total: 3, per_page: 20 })
    expect(await page('?page=0&per_page=2')).toEqual({ actions: ['one', 'two'], total: 3, per_page: 2 })
    expect(await page('?page=1&per_page=2')).toEqual({ actions: ['three'], total: 3, page: 1, per_page: 2 })
    expect(await page('?page=2&per_page=2')).toEqual({ actions: [], page: 2, per_page: 2 })
  })

  test('is narrowed by name, trigger, and whether something is deployed', async () => {
    await deployed(server, 'four', { code })
    const names = async (query: string) =>
      namesOf((await server.manage('GET', `/actions/actions?${query}`)).body.actions)
    expect(await names('actionName=two')).toEqual(['two'])
    expect(await names('deployed=true')).toEqual(['four'])
    expect(await names('deployed=false&per_page=50')).toEqual(['one', 'two', 'three'])
    expect(await names('triggerId=credentials-exchange&per_page=1')).toEqual(['one'])
    expect(await names('triggerId=post-login')).toEqual([])
    expect(await names('installed=true')).toEqual([])
  })

  test('takes no include_totals', async () => {
    expect(refusal(await server.manage('GET', '/actions/actions?include_totals=true'))).toEqual({
      status: 400,
      message: "Query validation error: 'Additional properties not allowed: include_totals'.",
    })
  })
})

describe('the packages of an action', () => {
  test('name a registry until they are built, from the one of this server; the version that runs has fixed versions', async () => {
    const registry = await openRegistry([small])
    onTestFinished(() => registry.close())
    const server = await openServer({}, { ACTIONS_REGISTRY: registry.url })
    onTestFinished(() => server.close())
    const dependencies = [{ name: 'small', version: 'latest', registry_url: 'https://packages.example.com' }]
    const answer = await server.manage('POST', '/actions/actions', {
      ...{ name: 'uses small', supported_triggers, dependencies },
      code: handlerOf("require('small')"),
    })
    expect(answer.body).toMatchObject({ status: 'pending', dependencies })
    const id = idOf(answer)
    const tried = await server.manage('POST', `/actions/actions/${id}/test`, { payload: {} })
    expect(tried.body).toMatchObject({ payload: { result: { claims: { seen: 'small' } } } })
    await server.manage('POST', `/actions/actions/${id}/deploy`)
    const { body } = await server.manage('GET', `/actions/actions/${id}`)
    expect(body.dependencies).toEqual([{ name: 'small', version: 'latest' }])
    expect(body.deployed_version).toMatchObject({ dependencies: [{ name: 'small', version: '1.0.0' }] })
    expect(body.errors).toEqual([{ id: 'registry_not_asked', msg: expect.stringContaining('"small"') }])
  })

  test('that cannot be had make it failed, with the reason, and keep it from being created deployed', async () => {
    const registry = await openRegistry([])
    onTestFinished(() => registry.close())
    const server = await openServer({}, { ACTIONS_REGISTRY: registry.url })
    onTestFinished(() => server.close())
    const dependencies = [{ name: 'not-there', version: '1.0.0' }]
    const id = await created(server, 'lacking', { dependencies })
    const read = async () => (await server.manage('GET', `/actions/actions/${id}`)).body
    await expect.poll(async () => (await read()).status, { timeout: 30_000 }).toBe('failed')
    expect(await read()).toMatchObject({ errors: [{ msg: expect.stringContaining('not-there') }] })
    const body = { name: 'at once', supported_triggers, dependencies, deploy: true }
    const refused = refusal(await server.manage('POST', '/actions/actions', body))
    expect(refused).toEqual({ status: 400, message: expect.stringMatching(/^"at once" cannot be built: .*not-there/) })
    expect((await server.manage('GET', '/actions/actions')).body).toMatchObject({ total: 1 })
  })
})

function handlerOf(value: string): string {
  return setting('seen', value)
}

function namesOf(list: unknown): unknown {
  return Array.isArray(list) ? list.map(({ name }) => name) : list
}

function secretOf({ secrets }: Readonly<Record<string, unknown>>, name: string): unknown {
  return Array.isArray(secrets) ? secrets.find((secret) => secret.name === name) : undefined
}
