import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi, handler } from '../../support/tenant.ts'

const all = 'read:orders write:orders'
const tenant = {
  apis: [anApi(), anApi({ identifier: 'urn:all' })],
  grants: [
    aGrant({ scope: ['read:orders', 'write:orders', 'gone:orders'] }),
    aGrant({ audience: 'urn:all', scope: [], allow_all_scopes: true }),
  ],
}

describe('a token', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({ ...tenant, actions: [handler(`console.log('ran')`)] })
  })
  afterAll(() => server.close())

  test.each([
    ['none is requested', {}],
    ['an empty text is requested', { scope: '' }],
    ['only white space is requested', { scope: '  ' }],
    ['some of it is requested', { scope: 'write:orders' }],
    ['all of it is requested, twice', { scope: 'write:orders read:orders  write:orders' }],
  ])('carries the whole client grant when %s', async (_what, parameters) => {
    const { body, claims } = await server.token(parameters)
    expect([body.scope, claims.scope]).toEqual([all, all])
  })

  test('carries a list of scopes given by JSON as it does a text', async () => {
    expect((await server.token({ scope: ['read:orders', 'write:orders'] }, { as: 'json' })).body.scope).toBe(all)
  })

  test('of a grant for all scopes carries every scope the API defines', async () => {
    const { body } = await server.token({ audience: 'urn:all' })
    expect(body.scope).toBe('read:orders write:orders delete:orders')
  })

  test.each([
    ['delete:orders', 'delete:orders'],
    ['openid profile email', 'openid, profile, email'],
    ['read:orders delete:orders admin', 'delete:orders, admin'],
    // Of the grant, but no longer of the API.
    ['gone:orders', 'gone:orders'],
    ['READ:ORDERS', 'READ:ORDERS'],
  ])('is refused when %s is requested, before any action runs', async (scope, missing) => {
    const answer = await server.token({ scope })
    expect(answer.status).toBe(403)
    expect(answer.body).toEqual({
      error: 'access_denied',
      error_description: `Client has not been granted scopes: ${missing}`,
    })
    expect(await server.logsOf(answer)).toMatchObject([{ type: 'feccft', details: { actions: { executions: [] } } }])
  })

  test.each([42, true, { a: 1 }, ['read:orders', 7], [['read:orders']]])(
    'is refused when the scope is %j',
    async (scope) => {
      const { status, body } = await server.token({ scope }, { as: 'json' })
      expect(status).toBe(400)
      expect(body).toEqual({ error: 'invalid_scope', error_description: 'Scope must be an array or a string' })
    },
  )
})

describe('with SCOPE_NARROWING a token', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer(tenant, { SCOPE_NARROWING: 'on' })
  })
  afterAll(() => server.close())

  test.each([
    [undefined, all],
    ['', all],
    ['write:orders', 'write:orders'],
    ['write:orders read:orders', all],
  ])('requested with %j carries %s', async (scope, granted) => {
    const { body, claims } = await server.token({ scope })
    expect([body.scope, claims.scope]).toEqual([granted, granted])
  })

  test('is refused outside the grant all the same', async () => {
    expect((await server.token({ scope: 'read:orders delete:orders' })).status).toBe(403)
  })
})
