import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, basic, openServer, type TestServer } from '../support/server.ts'
import { aClient, aGrant, anApi, audience, billing, handler } from '../support/tenant.ts'

const { client_id, client_secret } = billing
const form = { 'content-type': 'application/x-www-form-urlencoded' }

let server: TestServer
beforeAll(async () => {
  server = await openServer({
    clients: [aClient(), aClient({ name: 'Web', client_id: 'web', client_secret: 'web', grant_types: [] })],
    apis: [anApi(), anApi({ identifier: 'urn:bare' })],
    grants: [aGrant(), aGrant({ audience: 'urn:bare', scope: [] })],
    actions: [
      handler(`if (event.request.body.deny) api.access.deny(event.request.body.deny, 'no "quotes" \\\\ or ü')`),
    ],
  })
})
afterAll(() => server.close())

/** One demand of the RFC: the request that puts it to the test, and what holds of the answer. */
interface Demand {
  readonly section: string
  readonly demand: string
  readonly request: () => Promise<Answer>
  readonly answer: (answer: Answer) => void
}

const status = (code: number, error?: string) => (answer: Answer) => {
  expect([answer.status, answer.body.error]).toEqual([code, error])
}
const post = (text: string, headers: Readonly<Record<string, string>> = form) => server.post(text, headers)
const good = () =>
  new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, audience }).toString()

const demands: readonly Demand[] = [
  {
    section: '2.3',
    demand: 'a request with two different credentials is refused: one method at a time',
    request: () => post(good(), { ...form, authorization: basic(client_id, 'other') }),
    answer: status(400, 'invalid_request'),
  },
  {
    section: '2.3.1',
    demand: 'a client with a password may use HTTP Basic, both parts encoded as a form',
    request: () => server.token({}, { as: 'basic' }),
    answer: status(200),
  },
  {
    section: '2.3.1',
    demand: 'it may send its credentials in the body instead',
    request: () => server.token(),
    answer: status(200),
  },
  {
    section: '2.3.1',
    demand: 'credentials in the request URI are not read',
    request: () =>
      server.send(`/oauth/token?${new URLSearchParams({ client_id, client_secret }).toString()}`, {
        method: 'POST',
        headers: form,
        body: new URLSearchParams({ grant_type: 'client_credentials', audience }).toString(),
      }),
    answer: (answer) => expect(answer.status).toBe(401),
  },
  {
    section: '3.2',
    demand: 'the endpoint answers POST',
    request: () => server.send('/oauth/token'),
    answer: (answer) => expect(answer.status).toBe(404),
  },
  {
    section: '3.2',
    demand: 'a parameter without a value counts as omitted',
    request: () => post(`${good()}&scope=&organization=`),
    answer: status(200),
  },
  {
    section: '3.2',
    demand: 'a parameter that is not known is ignored',
    request: () => post(`${good()}&anything=goes&x`),
    answer: status(200),
  },
  {
    section: '3.2',
    demand: 'a parameter comes no more than once',
    request: () => post(`${good()}&audience=urn%3Abare`),
    answer: status(400, 'invalid_request'),
  },
  {
    section: '3.3',
    demand: 'scopes are separated by spaces, in any order, and compared with case',
    request: () => server.token({ scope: 'write:orders read:orders' }),
    answer: status(200),
  },
  {
    section: '3.3',
    demand: 'scopes that differ from those requested are named in the answer',
    request: () => server.token({ scope: 'read:orders' }),
    answer: ({ body }) => expect(body.scope).toBe('read:orders write:orders'),
  },
  {
    section: '4.4.2',
    demand: 'grant_type is client_credentials and nothing else is required of OAuth',
    request: () => server.token({ scope: undefined }),
    answer: status(200),
  },
  {
    section: '4.4.3',
    demand: 'no refresh token is issued',
    request: () => server.token({ scope: 'read:orders' }),
    answer: ({ body }) => expect(body).not.toHaveProperty('refresh_token'),
  },
  {
    section: '5.1',
    demand: 'access_token and token_type are there, expires_in is a number of seconds',
    request: () => server.token(),
    answer: ({ body }) =>
      expect(body).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 86_400 }),
  },
  {
    section: '5.1',
    demand: 'the answer is JSON and is kept out of every cache',
    request: () => server.token(),
    answer: ({ headers }) => {
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache'])
    },
  },
  {
    section: '5.1',
    demand: 'a token without scopes has no scope member',
    request: () => server.token({ audience: 'urn:bare' }),
    answer: ({ body }) => expect(body).not.toHaveProperty('scope'),
  },
  {
    section: '5.2',
    demand: 'invalid_request, 400: a required parameter is missing',
    request: () => server.token({ grant_type: undefined }),
    answer: status(400, 'invalid_request'),
  },
  {
    section: '5.2',
    demand: 'invalid_client, 401: no client authentication included',
    request: () => server.token({ client_id: undefined, client_secret: undefined }),
    answer: status(401, 'invalid_client'),
  },
  {
    section: '5.2',
    demand: 'a client that used the Authorization header is told the scheme it used, with 401',
    request: () => post(`grant_type=client_credentials`, { ...form, authorization: basic(client_id, 'wrong') }),
    // Auth0's error code, a row of the compatibility table: the RFC's is invalid_client.
    answer: (answer) => {
      status(401, 'access_denied')(answer)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /)
    },
  },
  {
    section: '5.2',
    demand: 'unauthorized_client: the client may not use this grant type',
    request: () => server.token({ client_id: 'web', client_secret: 'web' }),
    // Auth0's status, a row of the compatibility table: the RFC's is 400.
    answer: status(403, 'unauthorized_client'),
  },
  {
    section: '5.2',
    demand: 'unsupported_grant_type, 400',
    request: () => server.token({ grant_type: 'urn:example:another' }),
    answer: status(400, 'unsupported_grant_type'),
  },
  {
    section: '5.2',
    demand: 'invalid_scope, 400: the scope is malformed',
    request: () => server.token({ scope: { a: 1 } }, { as: 'json' }),
    answer: status(400, 'invalid_scope'),
  },
  {
    section: '5.2',
    demand: 'an error is JSON, uncached, with a description',
    request: () => server.token({ audience: 'urn:none' }),
    answer: ({ headers, body }) => {
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(body).toEqual({ error: expect.any(String), error_description: expect.any(String) })
    },
  },
  {
    section: '10.3',
    demand: 'an error never carries a token',
    request: () => server.token({ deny: 'invalid_request' }),
    answer: ({ body }) => expect(body).not.toHaveProperty('access_token'),
  },
]

describe('RFC 6749', () => {
  test.each(demands)('§$section: $demand', async ({ request, answer }) => {
    answer(await request())
  })
})
