import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { credentialOf, newKey } from '../../support/assertions.ts'
import { basic, openServer, type TestServer } from '../../support/server.ts'
import { aClient, aGrant, audience, billing } from '../../support/tenant.ts'

const { client_id, client_secret } = billing
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const unauthorized = { error: 'access_denied', error_description: 'Unauthorized' }

let server: TestServer
beforeAll(async () => {
  const named = (name: string, changes: Parameters<typeof aClient>[0]) =>
    aClient({ name, client_id: `${name}ClientId`, client_secret: `${name}-secret`, ...changes })
  server = await openServer({
    clients: [
      aClient(),
      named('Post', { token_endpoint_auth_method: 'client_secret_post' }),
      named('Basic', { token_endpoint_auth_method: 'client_secret_basic' }),
      named('Public', { token_endpoint_auth_method: 'none' }),
      named('Keyed', {
        token_endpoint_auth_method: null,
        client_authentication_methods: { private_key_jwt: { credentials: [credentialOf(newKey('ES256'))] } },
      }),
      named('Plus', { client_id: 'plus', client_secret: 'a+b%2Bc' }),
    ],
    grants: ['Billing', 'Post', 'Basic', 'Public', 'Keyed', 'Plus'].map((client) => aGrant({ client })),
  })
})
afterAll(() => server.close())

/** Posts a form without credentials, with an `Authorization` header. */
const authorized = (authorization: string, parameters: Readonly<Record<string, string>> = {}) =>
  server.post(new URLSearchParams({ grant_type: 'client_credentials', audience, ...parameters }).toString(), {
    ...form,
    authorization,
  })
const base64 = (text: string) => Buffer.from(text).toString('base64')
const quoted = (secret: string) => `Basic ${base64(`${client_id}:${secret}`)}`

describe('a client that does not prove itself', () => {
  test.each([
    ['an unknown client', { client_id: 'NobodyNobodyNobodyNobodyNobody00' }],
    ['a wrong secret', { client_secret: 'wrong' }],
    ['no secret', { client_secret: undefined }],
    ['an empty secret', { client_secret: '' }],
    ['a secret with one character more', { client_secret: `${client_secret}x` }],
    ['the secret of another client', { client_secret: 'Post-secret' }],
  ])('is told no more than that it is unauthorized: %s', async (_what, parameters) => {
    for (const as of ['form', 'json'] as const) {
      const { status, body, headers } = await server.token(parameters, { as })
      expect({ status, body }).toEqual({ status: 401, body: unauthorized })
      // RFC 6749 §5.2 asks for the header only of a client that used the scheme.
      expect(headers.has('www-authenticate')).toBe(false)
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  test('by Basic is told the scheme too', async () => {
    const { status, body, headers } = await authorized(basic(client_id, 'wrong'))
    expect({ status, body }).toEqual({ status: 401, body: unauthorized })
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm="/)
  })

  test('and names none is told what is missing', async () => {
    const { status, body } = await server.token({ client_id: undefined })
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: 'invalid_client', error_description: 'Missing client_id' },
    })
  })

  test('by an assertion is told that authentication failed', async () => {
    const { status, body } = await server.token({
      client_secret: undefined,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'e30.e30.e30',
    })
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    })
  })

  test('because it authenticates by key is not let in by its secret', async () => {
    const { status, body } = await server.token({ client_id: 'KeyedClientId', client_secret: 'Keyed-secret' })
    expect({ status, body }).toEqual({ status: 401, body: unauthorized })
  })

  test('because it is public may not use the grant type', async () => {
    const { status, body } = await server.token({ client_id: 'PublicClientId', client_secret: 'Public-secret' })
    expect(status).toBe(403)
    expect(body.error).toBe('unauthorized_client')
  })
})

describe('a client with a secret', () => {
  test.each(['form', 'json', 'basic'] as const)('may send it by %s', async (as) => {
    expect((await server.token({}, { as })).status).toBe(200)
  })

  test.each(['Post', 'Basic'])('whose method is %s may send it either way', async (name) => {
    const [id, secret] = [`${name}ClientId`, `${name}-secret`]
    expect((await server.token({ client_id: id, client_secret: secret })).status).toBe(200)
    expect((await authorized(basic(id, secret))).status).toBe(200)
  })

  test.each([
    ['Go, url.QueryEscape', () => basic(client_id, client_secret)],
    ['Python, urllib.parse.quote', () => quoted(encodeURIComponent(client_secret).replaceAll('%2F', '/'))],
    ['JavaScript, encodeURIComponent', () => quoted(encodeURIComponent(client_secret))],
    ['curl, as it stands', () => quoted(client_secret)],
    ['curl, the scheme in lower case', () => quoted(client_secret).replace('Basic', 'basic')],
  ])('may encode it as %s', async (_what, authorization) => {
    expect((await authorized(authorization())).status).toBe(200)
  })

  test('that looks encoded is found in both readings', async () => {
    expect((await authorized(`Basic ${base64('plus:a+b%2Bc')}`)).status).toBe(200)
    expect((await authorized(basic('plus', 'a+b%2Bc'))).status).toBe(200)
    expect((await authorized(`Basic ${base64('plus:a b+d')}`)).status).toBe(401)
  })

  test('may send it twice when both are the same, and not when they differ', async () => {
    const header = basic(client_id, client_secret)
    expect((await authorized(header, { client_id, client_secret })).status).toBe(200)
    expect((await authorized(header, { client_id })).status).toBe(200)
    for (const other of [{ client_id: 'PostClientId' }, { client_id, client_secret: 'other' }]) {
      const { status, body } = await authorized(header, other)
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
  })
})

test.each([
  ['no base64', 'Basic ***'],
  ['no colon', `Basic ${base64('only-an-id')}`],
  ['no UTF-8', `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0xff]).toString('base64')}`],
  ['nothing', 'Basic'],
])('a Basic header with %s is refused, never broken by', async (_what, authorization) => {
  const { status, body } = await authorized(authorization)
  expect([400, 401]).toContain(status)
  expect(body.error).toMatch(/^(invalid_request|access_denied|invalid_client)$/)
})

test('another scheme in the Authorization header is as good as none', async () => {
  expect((await server.token({}, { headers: { authorization: 'Bearer abc' } })).status).toBe(200)
})
