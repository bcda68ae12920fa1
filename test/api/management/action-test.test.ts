import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { handler } from '../../support/tenant.ts'
import { bindingsPath, created, deployed, refusal } from './given-action.ts'

const managementTypes: ReadonlySet<string> = new Set(['sapi', 'fapi'])

describe('trying the draft of an action', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({}, { EXECUTION_DEADLINE_MS: '2000' })
  })
  afterAll(() => server.close())

  let made = 0
  /** Tries the body of a handler against an event. */
  async function tried(body: string, event?: object, members: object = {}) {
    made += 1
    const id = await created(server, `tried ${made}`, { code: handler(body), ...members })
    return server.manage('POST', `/actions/actions/${id}/test`, { payload: event === undefined ? {} : { event } })
  }

  test('tells what a token would carry, what was printed, and what was dropped with the rule', async () => {
    const { status, body } = await tried(
      `console.log('for', event.client.name)
       api.accessToken.setCustomClaim('plan', event.client.metadata.plan)
       api.accessToken.setCustomClaim('sub', 'me')
       api.transaction.removeTargetScope('write')
       api.transaction.addTargetScope('admin')`,
      { client: { name: 'Billing', metadata: { plan: 'gold' } }, accessToken: { scope: ['read', 'write'] } },
    )
    expect(status).toBe(200)
    expect(body).toEqual({
      payload: {
        logs: ['for Billing'],
        commands: [
          { type: 'set-claim', name: 'plan', value: 'gold' },
          { type: 'set-claim', name: 'sub', value: 'me' },
          { type: 'remove-scope', scope: 'write' },
          { type: 'add-scope', scope: 'admin' },
        ],
        result: {
          kind: 'granted',
          claims: { plan: 'gold' },
          scopes: ['read'],
          dropped: [
            { kind: 'claim', name: 'sub', rule: 'restricted-name', explanation: expect.any(String) },
            { kind: 'scope', name: 'admin', rule: 'outside-grant', explanation: expect.any(String) },
          ],
        },
        stats: {
          total_request_duration_ms: expect.any(Number),
          total_runtime_execution_duration_ms: expect.any(Number),
          runtime_processing_duration_ms: expect.any(Number),
          action_duration_ms: expect.any(Number),
          runtime_external_call_duration_ms: expect.any(Number),
          boot_duration_ms: expect.any(Number),
          network_duration_ms: expect.any(Number),
        },
      },
    })
  })

  test('shows the event that is given, and an empty one where it is left out', async () => {
    const event = {
      accessToken: { customClaims: { earlier: 1 }, scope: ['read'] },
      client: { client_id: 'c', name: 'n', metadata: { a: 'b' } },
      organization: { id: 'org_1', name: 'acme', display_name: 'Acme', metadata: {} },
      request: {
        body: { a: 1 },
        geoip: { countryCode: 'AT' },
        hostname: 'h',
        ip: '192.0.2.1',
        method: 'POST',
        user_agent: 'u',
      },
      resource_server: { identifier: 'https://api.example.com/' },
      tenant: { id: 'elsewhere' },
      transaction: { correlation_id: 'x', requested_scopes: ['read'], target_scopes: ['read'] },
    }
    const whole = "const { secrets, configuration, ...rest } = event; api.accessToken.setCustomClaim('seen', rest)"
    expect((await tried(whole, event)).body).toMatchObject({ payload: { result: { claims: { seen: event } } } })
    const { body } = await tried(whole)
    expect(body).toMatchObject({
      payload: {
        result: {
          claims: {
            seen: {
              accessToken: { customClaims: {}, scope: [] },
              client: { client_id: '', name: '', metadata: {} },
              request: { body: {}, geoip: {}, ip: '127.0.0.1', method: 'POST' },
              resource_server: { identifier: '' },
              tenant: { id: 'example' },
              transaction: { requested_scopes: [], target_scopes: [] },
            },
          },
        },
      },
    })
  })

  test('runs the draft with its own secrets and the modules it pins', async () => {
    const code = "exports.greet = (name) => 'hello ' + name + ', ' + actions.secrets.WORD"
    const secrets = [{ name: 'WORD', value: 'friend' }]
    await server.manage('POST', '/actions/modules', { name: 'greeter', code, secrets, publish: true })
    const body = "api.accessToken.setCustomClaim('said', require('actions:greeter').greet(event.secrets.NAME))"
    const members = {
      secrets: [{ name: 'NAME', value: 'world' }],
      modules: [{ module_name: 'greeter', module_version_number: 1 }],
    }
    expect((await tried(body, {}, members)).body).toMatchObject({
      payload: { result: { claims: { said: 'hello world, friend' } } },
    })
  })

  test('answers what the code threw', async () => {
    const { status, body } = await tried("console.log('before'); throw new TypeError('nobody is there')")
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        payload: {
          error: { name: 'TypeError', message: 'nobody is there', stack: expect.stringContaining('action.js') },
          logs: ['before'],
          result: { kind: 'failed' },
          stats: { action_duration_ms: expect.any(Number) },
        },
      },
    })
  })

  test('answers a denial, with its reason', async () => {
    expect((await tried("api.access.deny('invalid_scope', 'not today')")).body).toMatchObject({
      payload: { result: { kind: 'denied', error: 'invalid_scope', reason: 'not today' } },
    })
  })

  test.each([
    ['never ends', 'await new Promise(() => {})'],
    ['never gives way', 'for (;;) {}'],
  ])('ends code that %s, at the deadline', async (_what, body) => {
    expect((await tried(body)).body).toMatchObject({
      payload: {
        error: { name: 'Error', message: 'the actions did not end before the deadline' },
        result: { kind: 'failed' },
      },
    })
  })

  test('answers why code cannot be loaded', async () => {
    const id = await created(server, 'does not parse', { code: 'exports.x = }' })
    expect((await server.manage('POST', `/actions/actions/${id}/test`, { payload: {} })).body).toMatchObject({
      payload: { error: { message: expect.stringContaining('Unexpected token') } },
    })
  })

  test('gives claims for the Management API as little as an exchange does', async () => {
    const event = { resource_server: { identifier: server.managementClient.audience } }
    expect((await tried("api.accessToken.setCustomClaim('plan', 'gold')", event)).body).toMatchObject({
      payload: { result: { claims: {}, dropped: [{ name: 'plan', rule: 'system-api' }] } },
    })
  })

  test('runs the draft and not what is deployed, and leaves nothing behind', async () => {
    const cached = handler("api.accessToken.setCustomClaim('seen', api.cache.get('k')?.value ?? 'nothing')")
    const id = await deployed(server, 'leaves nothing', { code: cached })
    await server.manage('PATCH', bindingsPath, { bindings: [{ ref: { type: 'action_id', value: id } }] })
    await server.manage('PATCH', `/actions/actions/${id}`, {
      code: handler("api.cache.set('k', 'kept'); api.accessToken.setCustomClaim('seen', 'draft')"),
    })
    await expect.poll(async () => (await server.manage('GET', `/actions/actions/${id}`)).body.status).toBe('built')
    const exchanges = (await server.logs()).filter(({ type }) => !managementTypes.has(type))
    const { body: before } = await server.manage('GET', `/actions/actions/${id}`)
    const tried = await server.manage('POST', `/actions/actions/${id}/test`, { payload: {} })
    expect(tried.body).toMatchObject({ payload: { result: { claims: { seen: 'draft' } } } })
    expect((await server.manage('GET', `/actions/actions/${id}`)).body).toEqual(before)
    // The call itself is told in the log, as every one is; no exchange and no execution is.
    expect((await server.logs()).filter(({ type }) => !managementTypes.has(type))).toEqual(exchanges)
    expect((await server.token()).claims).toMatchObject({ seen: 'nothing' })
  })

  test('refuses an event whose members are not what they are in an exchange, and an action that is not there', async () => {
    const refused = refusal(await tried('', { client: { client_id: 7 } }))
    expect(refused).toEqual({
      status: 400,
      message: expect.stringContaining(
        "'Expected type string but found type integer' on property payload.event.client.client_id",
      ),
    })
    expect(refusal(await server.manage('POST', '/actions/actions/none/test', { payload: {} })).status).toBe(404)
  })
})
