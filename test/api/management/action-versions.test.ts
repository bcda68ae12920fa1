import { createServer } from 'node:http'
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
const small = (version: string) => ({ name: 'small', version, files: { 'index.js': `module.exports = '${version}'` } })

describe('a version of an action', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server.close())

  test('is answered when it is deployed as Auth0 does, and is deployed when it is asked for', async () => {
    const secrets = [{ name: 'KEY', value: 'pepper' }]
    const { body: action } = await server.manage('POST', '/actions/actions', {
      ...{ name: 'first', supported_triggers, code, secrets },
    })
    const { id, name, created_at } = action
    const { status, body, text } = await server.manage('POST', `/actions/actions/${id}/deploy`)
    const members = {
      code,
      dependencies: [],
      id: uuid,
      number: 1,
      secrets: [{ name: 'KEY', updated_at: nineDigits }],
      status: 'built',
      created_at: nineDigits,
      updated_at: nineDigits,
      runtime: 'node22',
      supported_triggers,
      action: { id, name, supported_triggers, created_at, updated_at: nineDigits, all_changes_deployed: false },
    }
    expect({ status, body }).toEqual({ status: 200, body: { ...members, deployed: false } })
    expect(text).not.toContain('pepper')
    const version = await server.manage('GET', `/actions/actions/${id}/versions/${body.id}`)
    expect(version.body).toEqual({ ...members, id: body.id, deployed: true, built_at: nineDigits })
    expect(await server.manage('GET', `/actions/actions/${id}`)).toMatchObject({
      body: { all_changes_deployed: true, updated_at: action.updated_at },
    })
  })

  test('is listed with the others, the newest first, and only that one is deployed', async () => {
    const id = await deployed(server, 'many', { code })
    await server.manage('PATCH', `/actions/actions/${id}`, { code: setting('plan', "'silver'") })
    await server.manage('POST', `/actions/actions/${id}/deploy`)
    const list = async (query = '') => (await server.manage('GET', `/actions/actions/${id}/versions${query}`)).body
    expect(await list()).toMatchObject({
      versions: [
        { number: 2, deployed: true, action: { id } },
        { number: 1, deployed: false, action: { id } },
      ],
      total: 2,
      per_page: 20,
    })
    expect(await list()).not.toHaveProperty('page')
    expect(await list('?page=1&per_page=1')).toMatchObject({
      versions: [{ number: 1 }],
      total: 2,
      page: 1,
      per_page: 1,
    })
    expect(await list('?page=2&per_page=1')).toEqual({ versions: [], page: 2, per_page: 1 })
  })

  test('is deployed again as a new one; the draft stays, unless it is to follow', async () => {
    const id = await deployed(server, 'goes back', { code })
    const { body } = await server.manage('GET', `/actions/actions/${id}/versions`)
    const [first] = Array.isArray(body.versions) ? body.versions : []
    const edited = setting('plan', "'silver'")
    await server.manage('PATCH', `/actions/actions/${id}`, { code: edited })
    await server.manage('POST', `/actions/actions/${id}/deploy`)
    const path = `/actions/actions/${id}/versions/${first.id}/deploy`
    expect(await server.manage('POST', path)).toMatchObject({
      status: 200,
      body: { number: 3, code, deployed: false, action: { id } },
    })
    expect((await server.manage('GET', `/actions/actions/${id}`)).body).toMatchObject({
      code: edited,
      all_changes_deployed: false,
      deployed_version: { number: 3, code },
    })
    expect((await server.manage('POST', path, { update_draft: true })).body).toMatchObject({ number: 4, code })
    expect((await server.manage('GET', `/actions/actions/${id}`)).body).toMatchObject({
      code,
      status: 'built',
      all_changes_deployed: true,
    })
    expect((await server.manage('POST', path, null)).body).toMatchObject({ number: 5 })
    expect(refusal(await server.manage('POST', path, { update_draft: 'yes' })).status).toBe(400)
  })

  test('that does not exist, or is another action’s, is not found', async () => {
    const [one, two] = [await deployed(server, 'one', { code }), await deployed(server, 'two', { code })]
    const { body } = await server.manage('GET', `/actions/actions/${one}`)
    const { id: version } = Object(body.deployed_version)
    const paths = [`${two}/versions/${version}`, `${one}/versions/none`, `none/versions/${version}`]
    const answers = await Promise.all(paths.map((path) => server.manage('GET', `/actions/actions/${path}`)))
    expect(answers.map((answer) => refusal(answer).status)).toEqual([404, 404, 404])
    expect(refusal(await server.manage('POST', `/actions/actions/${two}/versions/${version}/deploy`)).status).toBe(404)
  })

  test('that is bound runs in the next exchange after it was deployed', async () => {
    const id = await deployed(server, 'live', { code })
    await server.manage('PATCH', bindingsPath, { bindings: [{ ref: { type: 'action_name', value: 'live' } }] })
    expect((await server.token()).claims).toMatchObject({ plan: 'gold' })
    await server.manage('PATCH', `/actions/actions/${id}`, { code: setting('plan', "'silver'") })
    expect((await server.token()).claims).toMatchObject({ plan: 'gold' })
    await server.manage('POST', `/actions/actions/${id}/deploy`)
    expect((await server.token()).claims).toMatchObject({ plan: 'silver' })
  })

  test('is made by each of three who deploy at once, with a number of its own', async () => {
    const id = await created(server, 'thrice', { code })
    const answers = await Promise.all([1, 2, 3].map(() => server.manage('POST', `/actions/actions/${id}/deploy`)))
    expect(answers.map(({ body }) => body.number).toSorted()).toEqual([1, 2, 3])
  })
})

describe('deploying an action with packages', () => {
  test('waits for the build, and asks npm again only when what is required changed', async () => {
    const registry = await openRegistry([small('1.0.0')])
    onTestFinished(() => registry.close())
    const server = await openServer({}, { ACTIONS_REGISTRY: registry.url })
    onTestFinished(() => server.close())
    const dependencies = [{ name: 'small', version: '1.0.0' }]
    const required = setting('small', "require('small')")
    const id = await created(server, 'packed', { code: required, dependencies })
    const deploy = () => server.manage('POST', `/actions/actions/${id}/deploy`)
    expect(await deploy()).toMatchObject({ status: 200, body: { number: 1, dependencies } })
    const asked = registry.requests.length
    expect(asked).toBeGreaterThan(0)
    // As the Deploy CLI does: everything, changed or not.
    await server.manage('PATCH', `/actions/actions/${id}`, { code: `${required}\n// edited`, dependencies })
    expect(await deploy()).toMatchObject({ status: 200, body: { number: 2, dependencies } })
    expect(registry.requests).toHaveLength(asked)
    await server.manage('PATCH', bindingsPath, { bindings: [{ ref: { type: 'action_id', value: id } }] })
    expect((await server.token()).claims).toMatchObject({ small: '1.0.0' })
    await server.manage('PATCH', `/actions/actions/${id}`, { dependencies: [{ name: 'small', version: '^1.0.0' }] })
    expect(await deploy()).toMatchObject({ status: 200, body: { number: 3, dependencies } })
    expect(registry.requests.length).toBeGreaterThan(asked)
  })

  test('that cannot be built is refused with the reason, in words that no client waits on; mended, it is deployed', async () => {
    const registry = await openRegistry([small('1.0.0')])
    onTestFinished(() => registry.close())
    const server = await openServer({}, { ACTIONS_REGISTRY: registry.url })
    onTestFinished(() => server.close())
    const id = await created(server, 'lacking', { code, dependencies: [{ name: 'not-there', version: '1.0.0' }] })
    const refused = refusal(await server.manage('POST', `/actions/actions/${id}/deploy`))
    expect(refused).toEqual({ status: 400, message: expect.stringMatching(/^"lacking" cannot be built: .*not-there/) })
    expect(refused.message).not.toContain("must be in the 'built' state")
    expect((await server.manage('GET', `/actions/actions/${id}`)).body).toMatchObject({ status: 'failed' })
    await server.manage('PATCH', `/actions/actions/${id}`, { dependencies: [{ name: 'small', version: '1.0.0' }] })
    expect(await server.manage('POST', `/actions/actions/${id}/deploy`)).toMatchObject({ status: 200 })
  })

  test('ends with the server: a build under way is broken off, and nothing is reported as a defect', async () => {
    let tell = () => {}
    const asked = new Promise<void>((resolve) => {
      tell = resolve
    })
    const silent = createServer(() => tell())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      silent.closeAllConnections()
      silent.close()
    })
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const server = await openServer({}, { ACTIONS_REGISTRY: `http://127.0.0.1:${port}/` })
    idOf(
      await server.manage('POST', '/actions/actions', {
        ...{ name: 'cut off', supported_triggers, dependencies: [{ name: 'small', version: '1.0.0' }] },
      }),
    )
    await asked
    await server.close()
    const lines = server.operatorLines.filter((line) => JSON.parse(line).level >= 50)
    expect(lines).toEqual([])
  })
})
