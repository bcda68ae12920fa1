import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import {
  bindingsPath,
  created,
  deployed,
  nineDigits,
  refusal,
  setting,
  supported_triggers,
  uuid,
} from './given-action.ts'

describe('the bindings of a trigger', () => {
  let server: TestServer
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    server = await openServer()
    for (const name of ['one', 'two', 'three'])
      ids[name] = await deployed(server, name, { code: setting(name, 'Object.keys(event.accessToken.customClaims)') })
  })
  afterAll(() => server.close())

  const bind = (bindings: unknown) => server.manage('PATCH', bindingsPath, { bindings })
  const byName = (value: string, display_name?: string) => ({ ref: { type: 'action_name', value }, display_name })

  test('are none at first, and each is answered with its action', async () => {
    expect((await server.manage('GET', `${bindingsPath}?page=0&per_page=50`)).body).toEqual({
      bindings: [],
      per_page: 50,
    })
    const { status, body } = await bind([byName('one', 'The first')])
    const { body: action } = await server.manage('GET', `/actions/actions/${ids.one}`)
    const { id, name, created_at, updated_at, current_version, deployed_version } = action
    const shown = { id, name, supported_triggers, created_at, updated_at, current_version, deployed_version }
    const binding = {
      id: uuid,
      trigger_id: 'credentials-exchange',
      action: { ...shown, all_changes_deployed: false },
      created_at: nineDigits,
      updated_at: nineDigits,
      display_name: 'The first',
    }
    expect({ status, body }).toEqual({ status: 200, body: { bindings: [binding] } })
    expect((await server.manage('GET', bindingsPath)).body).toEqual({ ...body, total: 1, per_page: 20 })
  })

  test('are replaced as a whole, in the order of the list, under new ids, and so they run', async () => {
    const before = await bind([byName('one'), byName('two')])
    const [first] = bindingsOf(before)
    const after = await bind([
      byName('three'),
      { ref: { type: 'action_id', value: ids.two } },
      { ref: { type: 'binding_id', value: first?.id } },
    ])
    expect(bindingsOf(after)).toMatchObject([
      { display_name: 'three' },
      { display_name: 'two' },
      { display_name: 'one' },
    ])
    const earlier = new Set(bindingsOf(before).map(({ id }) => id))
    expect(bindingsOf(after).filter(({ id }) => earlier.has(id))).toEqual([])
    expect((await server.token()).claims).toMatchObject({ three: [], two: ['three'], one: ['three', 'two'] })
    expect((await bind([])).body).toEqual({ bindings: [] })
    expect((await server.token()).claims).not.toHaveProperty('three')
  })

  test('are read in pages, the last one empty', async () => {
    await bind([byName('one'), byName('two'), byName('three')])
    const page = async (query: string) => (await server.manage('GET', `${bindingsPath}${query}`)).body
    expect(await page('?page=1&per_page=2')).toMatchObject({ bindings: [{ display_name: 'three' }], total: 3, page: 1 })
    expect(await page('?page=2&per_page=2')).toEqual({ bindings: [], page: 2, per_page: 2 })
  })

  test('stay as they are when no list is sent', async () => {
    const { body } = await bind([byName('two')])
    expect((await server.manage('PATCH', bindingsPath, {})).body).toEqual(body)
  })

  test('of an action that is not deployed, or is not there, are refused, and the list stays', async () => {
    await bind([byName('one')])
    await created(server, 'only a draft')
    expect(refusal(await bind([byName('only a draft')]))).toEqual({
      status: 400,
      message: 'Trying to create a binding for an action that has not been deployed yet',
    })
    expect(refusal(await bind([byName('nobody')])).status).toBe(400)
    expect(refusal(await bind([{ ref: {} }])).status).toBe(400)
    expect(refusal(await bind([byName('one'), byName('one')])).status).toBe(400)
    expect(refusal(await bind([{ ...byName('two'), secrets: [{ name: 'A', value: '1' }] }])).status).toBe(400)
    expect((await server.manage('GET', bindingsPath)).body).toMatchObject({ bindings: [{ display_name: 'one' }] })
  })

  test('of what is no trigger of Auth0’s are not there', async () => {
    const path = '/actions/triggers/nobody/bindings'
    expect(refusal(await server.manage('GET', path)).status).toBe(404)
    expect(refusal(await server.manage('PATCH', path, { bindings: [] })).status).toBe(404)
  })

  test('belong to a trigger in two versions, of which the newer one is served', async () => {
    const trigger = { id: 'credentials-exchange', binding_policy: 'trigger-bound', compatible_triggers: [] }
    const { body } = await server.manage('GET', '/actions/triggers')
    const triggers: readonly { readonly id: string }[] = Array.isArray(body.triggers) ? body.triggers : []
    expect(triggers.filter(({ id }) => id === trigger.id)).toEqual([
      {
        ...trigger,
        version: 'v2',
        status: 'CURRENT',
        runtimes: ['node18-actions', 'node22'],
        default_runtime: 'node22',
      },
      { ...trigger, version: 'v1', status: 'DEPRECATED', runtimes: ['node22'], default_runtime: 'node12' },
    ])
  })
})

function bindingsOf({
  body,
}: {
  readonly body: Readonly<Record<string, unknown>>
}): readonly { readonly id: string }[] {
  return Array.isArray(body.bindings) ? body.bindings : []
}
