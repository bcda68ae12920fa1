import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { aGrant, anApi, audience, billing, handler } from '../../support/tenant.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer({
    apis: [
      anApi(),
      anApi({ identifier: 'https://short.example.com', token_lifetime: 60 }),
      anApi({ identifier: 'urn:bare', scopes: [] }),
    ],
    grants: [aGrant(), aGrant({ audience: 'https://short.example.com' }), aGrant({ audience: 'urn:bare', scope: [] })],
    actions: [handler(`api.accessToken.setCustomClaim('body', event.request.body)`)],
  })
})
afterAll(() => server.close())

describe('a granted token request', () => {
  test('is answered with the four members in their order, and the headers that keep it out of caches', async () => {
    const { status, body, headers } = await server.token()
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['access_token', 'scope', 'expires_in', 'token_type'])
    expect(body).toMatchObject({ scope: 'read:orders write:orders', expires_in: 86_400, token_type: 'Bearer' })
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow, nosnippet, noarchive',
      'x-auth0-requestid': expect.stringMatching(/^[0-9a-f]{20}$/),
    })
    expect(headers.has('www-authenticate')).toBe(false)
  })

  test('carries a token with the claims of the default dialect, and a key id of the key set', async () => {
    const { body, claims } = await server.token()
    expect(decodeProtectedHeader(String(body.access_token))).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: expect.stringMatching(/^[\w-]{21}$/),
    })
    const { iat = 0, exp, body: seen, ...rest } = claims
    expect(Math.abs(iat - Date.now() / 1_000)).toBeLessThan(5)
    expect(exp).toBe(iat + 86_400)
    expect(seen).toBeDefined()
    expect(rest).toEqual({
      iss: 'https://auth.example.com/',
      sub: `${billing.client_id}@clients`,
      aud: audience,
      scope: 'read:orders write:orders',
      gty: 'client-credentials',
      azp: billing.client_id,
    })
  })

  test('lives as long as its API says', async () => {
    const { body, claims } = await server.token({ audience: 'https://short.example.com' })
    expect(body.expires_in).toBe(60)
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60)
  })

  test('without scopes has no scope, neither in the body nor in the token', async () => {
    const { body, claims } = await server.token({ audience: 'urn:bare' })
    expect(Object.keys(body)).toEqual(['access_token', 'expires_in', 'token_type'])
    expect(claims).not.toHaveProperty('scope')
  })

  test('keeps the issuer of the configuration, whatever host the request names', async () => {
    const { claims } = await server.token({}, { headers: { 'x-forwarded-host': 'evil.example.com' } })
    expect(claims.iss).toBe('https://auth.example.com/')
  })

  test.each(['form', 'json'] as const)(
    'by %s shows its own parameters to the actions, and no credential',
    async (as) => {
      const { claims } = await server.token({ order_id: '7', client_assertion_type: '' }, { as })
      expect(claims.body).toEqual({
        grant_type: 'client_credentials',
        client_id: billing.client_id,
        audience,
        order_id: '7',
        client_assertion_type: '',
      })
    },
  )

  test('by JSON keeps the values of its own parameters as they are', async () => {
    const { claims } = await server.token({ order: { id: 7, tags: ['a', null] } }, { as: 'json' })
    expect(claims.body).toMatchObject({ order: { id: 7, tags: ['a', null] } })
  })

  test.each(['application/x-www-form-urlencoded; charset=utf-8', 'Application/X-WWW-Form-URLEncoded;charset=UTF-8'])(
    'is read with the content type %s',
    async (type) => {
      expect((await server.token({}, { headers: { 'content-type': type } })).status).toBe(200)
    },
  )

  test('is the only method of the endpoint: the others are 404', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const response = await fetch(`${server.url}/oauth/token`, { method })
      expect([method, response.status, await response.json()]).toEqual([
        method,
        404,
        { error: 'not_found', error_description: 'Not found' },
      ])
    }
  })
})
