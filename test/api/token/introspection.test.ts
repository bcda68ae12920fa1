import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { decodeProtectedHeader, generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SigningAlgorithm, signingAlgorithms } from '../../../src/domain/index.ts'
import { type Answer, basic, openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { aClient, aGrant, anApi, audience, billing, type GivenTenant, handler } from '../../support/tenant.ts'

const other = { client_id: 'OtherClientId', client_secret: 'other-secret' }
const orders = { client_id: 'OrdersApiClientId', client_secret: 'orders-secret' }
const stock = { client_id: 'StockApiClientId', client_secret: 'stock-secret' }
const bare = 'urn:bare'
const numbered = 'urn:numbered'
const of = (alg: SigningAlgorithm) => `urn:${alg}`
const signing_secret = 'a signing secret of an API'

const given: GivenTenant = {
  clients: [
    aClient(),
    aClient({ name: 'Other', ...other }),
    aClient({
      name: 'Orders API',
      ...orders,
      app_type: 'resource_server',
      grant_types: [],
      resource_server_identifier: audience,
    }),
    aClient({ name: 'Stock API', ...stock, grant_types: [], resource_server_identifier: bare }),
    aClient({ name: 'Public', client_id: 'PublicClientId', token_endpoint_auth_method: 'none' }),
  ],
  apis: [
    anApi(),
    anApi({ identifier: bare, token_lifetime: 0 }),
    anApi({ identifier: numbered, token_dialect: 'rfc9068_profile' }),
    ...signingAlgorithms.map((signing_alg) =>
      anApi({ identifier: of(signing_alg), signing_alg, ...(signing_alg === 'HS256' && { signing_secret }) }),
    ),
  ],
  grants: [
    aGrant(),
    aGrant({ audience: bare, scope: [] }),
    aGrant({ audience: numbered, scope: [] }),
    ...signingAlgorithms.map((alg) => aGrant({ audience: of(alg) })),
    aGrant({ client: 'Other' }),
  ],
  actions: [handler(`api.accessToken.setCustomClaim('https://claims.example.com/tier', 'gold')`)],
}

let server: TestServer
beforeAll(async () => {
  server = await openServer(given)
})
afterAll(() => server.close())

const introspect = (token: unknown, parameters: Readonly<Record<string, unknown>> = {}): Promise<Answer> =>
  server.postForm('/oauth/introspect', { token, ...parameters })
const tokenOf = async (parameters: Readonly<Record<string, unknown>> = {}) =>
  String((await server.token(parameters)).body.access_token)

describe('the client a token was issued to', () => {
  test('is told what the token says, and that it holds', async () => {
    const { claims, body } = await server.token()
    const answer = await introspect(body.access_token)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.body).toEqual({
      active: true,
      scope: 'read:orders write:orders',
      client_id: billing.client_id,
      token_type: 'Bearer',
      exp: claims.exp,
      iat: claims.iat,
      sub: `${billing.client_id}@clients`,
      aud: audience,
      iss: 'https://auth.example.com/',
    })
  })

  test('may authenticate and hint as it likes', async () => {
    const token = await tokenOf()
    const { client_id, client_secret } = billing
    const byHeader = await server.postForm(
      '/oauth/introspect',
      { token, client_id: undefined, client_secret: undefined, token_type_hint: 'refresh_token' },
      { authorization: basic(client_id, client_secret) },
    )
    const byJson = await server.send('/oauth/introspect', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, client_id, client_secret }),
    })
    expect([byHeader.body.active, byJson.body.active]).toEqual([true, true])
  })

  test.each(signingAlgorithms)('is told so of a token that is signed with %s', async (alg) => {
    const answer = await introspect(await tokenOf({ audience: of(alg) }))
    expect(answer.body).toMatchObject({ active: true, aud: of(alg), client_id: billing.client_id })
  })

  test('is told the jti of a token that has one, and no scope of one that has none', async () => {
    const { claims, body } = await server.token({ audience: numbered })
    const answer = await introspect(body.access_token)
    expect(answer.body).toMatchObject({ active: true, client_id: billing.client_id, jti: claims.jti })
    expect(claims.jti).toEqual(expect.any(String))
    expect(answer.body).not.toHaveProperty('scope')
  })
})

describe('another client', () => {
  test('is told nothing about the token, unless it stands for the API', async () => {
    const token = await tokenOf()
    const asked = await Promise.all([other, orders, stock].map((client) => introspect(token, client)))
    expect(asked.map(({ status, body }) => [status, body.active])).toEqual([
      [200, false],
      [200, true],
      [200, false],
    ])
    expect(asked[0]?.body).toEqual({ active: false })
    expect(asked[1]?.body.client_id).toBe(billing.client_id)
  })

  test('that does not prove itself is refused, as the RFC says', async () => {
    const token = await tokenOf()
    const { status, body, headers } = await introspect(token, { client_secret: 'wrong' })
    expect([status, body.error]).toEqual([401, 'invalid_client'])
    expect(headers.get('www-authenticate')).toMatch(/^Basic realm="/)
    expect((await introspect(token, { client_id: undefined, client_secret: undefined })).status).toBe(401)
    expect((await introspect(token, { client_id: 'PublicClientId', client_secret: undefined })).body.error).toBe(
      'unauthorized_client',
    )
  })

  test('is refused without a token to ask about', async () => {
    for (const token of [undefined, '']) {
      const { status, body } = await introspect(token)
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
  })
})

describe('inactive, and nothing more, is', () => {
  test.each([
    ['noise', () => randomBytes(60).toString('base64url')],
    ['an empty JWS', () => 'e30.e30.'],
    ['five segments', () => 'a.b.c.d.e'],
    ['a header that is no JSON', () => 'bm9wZQ.e30.AA'],
  ])('%s', async (_what, token) => {
    expect(await introspect(token())).toMatchObject({ status: 200, body: { active: false } })
  })

  test('a token whose claims were changed, or whose signature was', async () => {
    const [header, payload = '', signature = ''] = (await tokenOf()).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify({ ...claims, scope: 'delete:orders' })).toString('base64url')
    const flipped = Buffer.from(signature, 'base64url')
    flipped[0] = (flipped[0] ?? 0) ^ 1
    for (const token of [
      `${header}.${forged}.${signature}`,
      `${header}.${payload}.${flipped.toString('base64url')}`,
      `${header}.${payload}.`,
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
    ]) {
      expect((await introspect(token)).body).toEqual({ active: false })
    }
  })

  test('a token signed with somebody else’s key under our key’s name, or with our public key as a secret', async () => {
    const { keys } = (await server.send('/.well-known/jwks.json')).body as { readonly keys: readonly JWK[] }
    const kid = String(keys[0]?.kid)
    const { claims } = await server.token()
    const { privateKey } = await generateKeyPair('RS256')
    const strange = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(privateKey)
    const secret = Buffer.from(JSON.stringify(keys[0]))
    const confused = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid }).sign(secret)
    for (const token of [strange, confused]) expect((await introspect(token)).body).toEqual({ active: false })
  })

  test('a token that lives for no time', async () => {
    expect((await introspect(await tokenOf({ audience: bare }))).body).toEqual({ active: false })
  })

  test('a token of another issuer, though its key is ours', async () => {
    const environment = { DATA_DIR: join(await temporaryFolder(), 'data') }
    const before = await openServer(given, environment)
    const token = (await before.token()).body.access_token
    await before.close()
    const after = await openServer(given, { ...environment, DOMAIN: 'other.example.com' })
    const ask = async (asked: unknown) => (await after.postForm('/oauth/introspect', { token: asked })).body.active
    expect(await ask(token)).toBe(false)
    expect(await ask((await after.token()).body.access_token)).toBe(true)
    await after.close()
  })

  test('a token from the second on in which it expires', async () => {
    let now = Date.UTC(2026, 0, 2, 3, 4, 5)
    const timed = await openServer(given, {}, () => now)
    try {
      const token = (await timed.token()).body.access_token
      const ask = async () => (await timed.postForm('/oauth/introspect', { token })).body.active
      now += 86_400_000 - 1
      expect(await ask()).toBe(true)
      now += 1
      expect(await ask()).toBe(false)
    } finally {
      await timed.close()
    }
  })
})

describe('a token signed with a key that is', () => {
  test('no longer the current one is active, until that key is revoked', async () => {
    const rotating = await openServer(given)
    try {
      const token = String((await rotating.token()).body.access_token)
      const ask = async () => (await rotating.postForm('/oauth/introspect', { token })).body.active
      await rotating.rotateSigningKeys()
      expect(await ask()).toBe(true)
      await rotating.revokeSigningKey(String(decodeProtectedHeader(token).kid))
      expect(await ask()).toBe(false)
    } finally {
      await rotating.close()
    }
  })

  test('the secret of its API is inactive once the API does not sign with it any more', async () => {
    const changing = await openServer(given)
    try {
      const token = (await changing.token({ audience: of('HS256') })).body.access_token
      const ask = async () => (await changing.postForm('/oauth/introspect', { token })).body.active
      expect(await ask()).toBe(true)
      const apis = given.apis?.map((api) => (api.identifier === of('HS256') ? anApi({ identifier: of('HS256') }) : api))
      await changing.serve({ ...given, apis: apis ?? [] })
      expect(await ask()).toBe(false)
    } finally {
      await changing.close()
    }
  })
})

describe('a token whose signature still verifies', () => {
  const [renamed] = ['urn:renamed']
  test.each<[string, GivenTenant]>([
    ['its client is gone', { ...given, clients: given.clients?.slice(1) ?? [], grants: [aGrant({ client: 'Other' })] }],
    ['its client grant is gone', { ...given, grants: given.grants?.slice(1) ?? [] }],
    [
      'its API is gone',
      {
        ...given,
        apis: [anApi({ identifier: renamed })],
        grants: [aGrant({ audience: renamed })],
      },
    ],
  ])('is inactive once %s', async (_what, later) => {
    const changing = await openServer(given)
    try {
      const token = (await changing.token()).body.access_token
      const ask = async () => (await changing.postForm('/oauth/introspect', { token, ...orders })).body.active
      expect(await ask()).toBe(true)
      await changing.serve(later)
      expect(await ask()).toBe(false)
    } finally {
      await changing.close()
    }
  })
})

test.each(['GET', 'PUT'])('%s /oauth/introspect is not found', async (method) => {
  expect((await server.send('/oauth/introspect', { method })).status).toBe(404)
})
