import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openRegistry } from '../../support/registry.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { bindingsPath, created, idOf, refusal, setting, sixDigits, uuid } from './given-action.ts'

const one = "exports.rate = 'one'"
const two = "exports.rate = 'two'"

describe('an actions module', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  const make = (name: string, members: object = {}) =>
    server.manage('POST', '/actions/modules', { name, code: one, ...members })
  const publish = (id: string) => server.manage('POST', `/actions/modules/${id}/versions`)
  const read = async (id: string) => (await server.manage('GET', `/actions/modules/${id}`)).body

  test('is created unpublished, and shows its newest version once it has one', async () => {
    const { status, body } = await make('shown', { secrets: [{ name: 'KEY', value: 'pepper' }] })
    const content = { code: one, dependencies: [], secrets: [{ name: 'KEY', updated_at: sixDigits }] }
    const module = {
      id: uuid,
      name: 'shown',
      ...content,
      all_changes_published: false,
      actions_using_module_total: 0,
      created_at: sixDigits,
      updated_at: sixDigits,
    }
    expect({ status, body }).toEqual({ status: 201, body: module })
    const id = String(body.id)
    expect(await read(id)).toEqual(body)
    const { status: published, body: version, text } = await publish(id)
    expect(published).toBe(200)
    expect(version).toEqual({ id: uuid, module_id: id, version_number: 1, ...content, created_at: sixDigits })
    expect(text).not.toContain('pepper')
    expect(await read(id)).toEqual({
      ...body,
      all_changes_published: true,
      latest_version: { id: version.id, version_number: 1, ...content },
    })
    expect((await server.manage('GET', `/actions/modules/${id}/versions/${version.id}`)).body).toEqual(version)
  })

  test('is published again after an edit alone, under the next number', async () => {
    const id = idOf(await make('edited'))
    await publish(id)
    expect(refusal(await publish(id))).toEqual({ status: 409, message: 'No draft version is available to publish.' })
    const { body } = await server.manage('PATCH', `/actions/modules/${id}`, { code: two })
    expect(body).toMatchObject({
      code: two,
      all_changes_published: false,
      latest_version: { version_number: 1, code: one },
    })
    expect((await publish(id)).body).toMatchObject({ version_number: 2, code: two })
    const list = async (query = '') => (await server.manage('GET', `/actions/modules/${id}/versions${query}`)).body
    expect(await list()).toMatchObject({
      versions: [{ version_number: 2 }, { version_number: 1 }],
      total: 2,
      page: 0,
      per_page: 20,
    })
    expect(await list('?page=1&per_page=50')).toEqual({ versions: [], total: 0, page: 1, per_page: 50 })
  })

  test('takes an old version back into its draft, unless that is the draft', async () => {
    const id = idOf(await make('goes back'))
    const { body: first } = await publish(id)
    const back = (module_version_id: unknown) =>
      server.manage('POST', `/actions/modules/${id}/rollback`, { module_version_id })
    expect(refusal(await back(first.id))).toEqual({
      status: 409,
      message: 'The specified version is already the current draft version.',
    })
    await server.manage('PATCH', `/actions/modules/${id}`, { code: two })
    await publish(id)
    const { status, body } = await back(first.id)
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { code: one, all_changes_published: false, latest_version: { version_number: 2 } },
    })
    expect(refusal(await back('none')).status).toBe(404)
    expect((await publish(id)).body).toMatchObject({ version_number: 3, code: one })
  })

  test('is pinned by actions, which run the version they pin, and is not deleted while they do', async () => {
    const id = idOf(await make('rates'))
    const { body: first } = await publish(id)
    await server.manage('PATCH', `/actions/modules/${id}`, { code: two })
    await publish(id)
    const modules = [{ module_name: 'rates', module_version_number: 1 }]
    const action = await created(server, 'pins', { code: setting('rate', "require('actions:rates').rate"), modules })
    const pin = { module_id: id, module_name: 'rates', module_version_id: first.id, module_version_number: 1 }
    expect((await server.manage('GET', `/actions/actions/${action}`)).body).toMatchObject({ modules: [pin] })
    const { body: version } = await server.manage('POST', `/actions/actions/${action}/deploy`)
    expect(version).toMatchObject({ modules: [pin] })
    await server.manage('PATCH', bindingsPath, { bindings: [{ ref: { type: 'action_id', value: action } }] })
    expect((await server.token()).claims).toMatchObject({ rate: 'one' })

    expect(await read(id)).toMatchObject({ actions_using_module_total: 1 })
    const row = { action_id: action, action_name: 'pins', module_version_id: first.id, module_version_number: 1 }
    const path = `/actions/modules/${id}`
    expect((await server.manage('GET', `${path}/actions`)).body).toEqual({ actions: [row], total: 1, per_page: 20 })
    expect((await server.manage('GET', `${path}/actions?page=1&per_page=50`)).body).toEqual({
      actions: [],
      page: 1,
      per_page: 50,
    })
    expect(refusal(await server.manage('DELETE', path)).status).toBe(412)
    await server.manage('DELETE', `/actions/actions/${action}?force=true`)
    expect(await server.manage('DELETE', path)).toMatchObject({ status: 204, text: '' })
    expect(refusal(await server.manage('GET', path)).status).toBe(404)
    expect(refusal(await server.manage('DELETE', path)).status).toBe(404)
    expect(refusal(await server.manage('GET', `${path}/versions`)).status).toBe(404)
  })

  test('has a name of its own, and no member that is not one', async () => {
    await make('taken')
    expect(refusal(await make('taken')).status).toBe(409)
    expect(refusal(await make('x', { colour: 1 }))).toEqual({
      status: 400,
      message: "Payload validation error: 'Additional properties not allowed: colour'.",
    })
    expect(refusal(await make('x'.repeat(256))).message).toContain('String is too long (256 chars), maximum 255')
    expect(refusal(await make('nul\0')).message).toContain('String does not match pattern')
  })
})

describe('modules', () => {
  test('are listed with every number told, and with the number of their newest version', async () => {
    const server = await openServer()
    onTestFinished(() => server.close())
    const list = async (query = '') => (await server.manage('GET', `/actions/modules${query}`)).body
    expect(await list('?page=0&per_page=100')).toEqual({ modules: [], total: 0, page: 0, per_page: 100 })
    for (const name of ['a', 'b', 'c']) idOf(await server.manage('POST', '/actions/modules', { name, code: one }))
    const d = await server.manage('POST', '/actions/modules', { name: 'd', code: one, publish: true })
    expect(d).toMatchObject({
      status: 201,
      body: { all_changes_published: true, latest_version: { version_number: 1 } },
    })
    expect(await list('?page=1&per_page=2')).toMatchObject({
      modules: [{ name: 'c' }, { name: 'd', latest_version_number: 1, all_changes_published: true }],
      total: 4,
      page: 1,
      per_page: 2,
    })
    expect(refusal(await server.manage('GET', '/actions/modules?include_totals=true')).status).toBe(400)
  })

  test('that cannot be built are not published, nor created where they are to be published at once', async () => {
    const registry = await openRegistry([])
    onTestFinished(() => registry.close())
    const server = await openServer({}, { ACTIONS_REGISTRY: registry.url })
    onTestFinished(() => server.close())
    const module = { name: 'lacking', code: one, dependencies: [{ name: 'not-there', version: '1.0.0' }] }
    const refused = { status: 400, message: expect.stringMatching(/^"lacking" cannot be built: .*not-there/) }
    expect(refusal(await server.manage('POST', '/actions/modules', { ...module, publish: true }))).toEqual(refused)
    expect((await server.manage('GET', '/actions/modules')).body).toMatchObject({ total: 0 })
    const id = idOf(await server.manage('POST', '/actions/modules', module))
    expect(refusal(await server.manage('POST', `/actions/modules/${id}/versions`))).toEqual(refused)
  })
})
