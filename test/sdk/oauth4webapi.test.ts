import { type CryptoKey, exportSPKI, generateKeyPair } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../support/server.ts'
import { aClient, aGrant, anApi, audience, billing } from '../support/tenant.ts'

const profiled = 'https://profiled.example.com/'
const issuer = new URL('https://auth.example.com/')
const bound = 'https://bound.example.com/'
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const
const orders = { client_id: 'OrdersApiClientId', client_secret: 'orders secret+%41' }

let server: TestServer
let as: oauth.AuthorizationServer
const keys = new Map<string, CryptoKey>()
beforeAll(async () => {
  const keyed = await Promise.all(
    algorithms.map(async (alg) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      keys.set(alg, privateKey)
      const credential = { credential_type: 'public_key', pem: await exportSPKI(publicKey), alg } as const
      return aClient({
        name: alg,
        client_id: `client-${alg}`,
        token_endpoint_auth_method: null,
        client_authentication_methods: { private_key_jwt: { credentials: [credential] } },
      })
    }),
  )
  server = await openServer({
    clients: [
      aClient(),
      aClient({ name: 'Orders API', ...orders, grant_types: [], resource_server_identifier: audience }),
      ...keyed,
    ],
    apis: [
      anApi(),
      anApi({ identifier: profiled, token_dialect: 'rfc9068_profile' }),
      anApi({
        identifier: bound,
        token_dialect: 'rfc9068_profile',
        proof_of_possession: { mechanism: 'dpop', required: true },
      }),
    ],
    grants: [
      aGrant(),
      aGrant({ audience: profiled }),
      aGrant({ audience: bound }),
      ...algorithms.map((alg) => aGrant({ client: alg })),
    ],
  })
  as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options }),
  )
})
afterAll(() => server.close())

/** The issuer's host is not this machine's: what is asked of it is asked where the server listens, and is otherwise as the client wrote it. */
const options = {
  [oauth.customFetch]: (url: string, request: oauth.CustomFetchOptions<string, RequestInit['body']>) => {
    const { pathname, search, origin } = new URL(url)
    expect(origin).toBe(issuer.origin)
    const { method, headers, body, redirect } = request
    return fetch(new URL(`${pathname}${search}`, server.url), { method, headers, redirect, body: body ?? null })
  },
}

const client: oauth.Client = { client_id: billing.client_id }
const ways: readonly (readonly [string, oauth.ClientAuth])[] = [
  ['client_secret_basic', oauth.ClientSecretBasic(billing.client_secret)],
  ['client_secret_post', oauth.ClientSecretPost(billing.client_secret)],
]
const tokenBy = async (way: oauth.ClientAuth, parameters: Readonly<Record<string, string>>) =>
  oauth.processClientCredentialsResponse(
    as,
    client,
    await oauth.clientCredentialsGrantRequest(as, client, way, { audience, ...parameters }, options),
  )

/** The request an API gets with a bound token: the one its client would have sent. */
async function boundRequest(accessToken: string, DPoP: oauth.DPoPHandle): Promise<Request> {
  const url = new URL('orders', bound)
  let sent: Request | undefined
  await oauth.protectedResourceRequest(accessToken, 'GET', url, new Headers(), null, {
    DPoP,
    [oauth.customFetch]: async (
      _url: string,
      { method, headers }: oauth.CustomFetchOptions<string, RequestInit['body']>,
    ) => {
      sent = new Request(url, { method, headers })
      return new Response()
    },
  })
  if (sent === undefined) throw new Error('no request was made')
  return sent
}

describe('a client written with oauth4webapi', () => {
  test('finds its endpoints in the metadata, under both names', async () => {
    expect(as.token_endpoint).toBe('https://auth.example.com/oauth/token')
    const oidc = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...options })
    expect(await oauth.processDiscoveryResponse(issuer, oidc)).toEqual(as)
  })

  test.each(ways)('gets a token by %s', async (method, way) => {
    expect(as.token_endpoint_auth_methods_supported).toContain(method)
    const token = await tokenBy(way, { scope: 'read:orders' })
    expect(token).toMatchObject({ token_type: 'bearer', expires_in: 86_400, scope: 'read:orders write:orders' })
  })

  test.each(ways)('asks about its token and revokes it by %s', async (_method, way) => {
    const { access_token } = await tokenBy(way, { audience: profiled })
    const introspect = async () =>
      oauth.processIntrospectionResponse(
        as,
        client,
        await oauth.introspectionRequest(as, client, way, access_token, options),
      )
    expect(await introspect()).toMatchObject({ active: true, client_id: billing.client_id, aud: profiled })
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, way, access_token, options))
    expect(await introspect()).toEqual({ active: false })
  })

  test.each(algorithms)(
    'gets a token, asks about it and revokes it by private_key_jwt, its key for %s',
    async (alg) => {
      const key = keys.get(alg)
      if (key === undefined) throw new Error(`no key was made for ${alg}`)
      const own: oauth.Client = { client_id: `client-${alg}` }
      const way = oauth.PrivateKeyJwt(key)
      expect(as.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
      const answer = await oauth.clientCredentialsGrantRequest(as, own, way, { audience }, options)
      const { access_token } = await oauth.processClientCredentialsResponse(as, own, answer)
      const introspect = async () =>
        oauth.processIntrospectionResponse(
          as,
          own,
          await oauth.introspectionRequest(as, own, way, access_token, options),
        )
      expect(await introspect()).toMatchObject({ active: true, client_id: `client-${alg}` })
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, own, way, access_token, options))
      expect(await introspect()).toEqual({ active: false })
    },
  )

  test.each(['ES256', 'PS256', 'EdDSA'] as const)('gets a token bound to its DPoP key, made for %s', async (alg) => {
    const keyPair = await oauth.generateKeyPair(alg === 'EdDSA' ? 'Ed25519' : alg)
    const DPoP = oauth.DPoP(client, keyPair)
    const way = oauth.ClientSecretBasic(billing.client_secret)
    const answer = await oauth.clientCredentialsGrantRequest(as, client, way, { audience: bound }, { ...options, DPoP })
    const token = await oauth.processClientCredentialsResponse(as, client, answer)
    expect(token.token_type).toBe('dpop')
    const request = await boundRequest(token.access_token, DPoP)
    expect(await oauth.validateJwtAccessToken(as, request, bound, options)).toMatchObject({
      cnf: { jkt: await DPoP.calculateThumbprint() },
    })
    const asked = await oauth.introspectionRequest(as, client, way, token.access_token, options)
    expect(await oauth.processIntrospectionResponse(as, client, asked)).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: await DPoP.calculateThumbprint() },
    })
  })

  test('is told the scheme when its secret is wrong, and the error when its audience is', async () => {
    await expect(tokenBy(oauth.ClientSecretBasic('wrong'), {})).rejects.toMatchObject({
      code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE',
      cause: [{ scheme: 'basic' }],
    })
    await expect(tokenBy(oauth.ClientSecretPost('wrong'), {})).rejects.toMatchObject({
      error: 'access_denied',
      status: 401,
    })
    await expect(
      tokenBy(oauth.ClientSecretPost(billing.client_secret), { audience: 'urn:none' }),
    ).rejects.toMatchObject({
      error: 'access_denied',
      status: 403,
    })
  })
})

describe('an API written with oauth4webapi', () => {
  test('validates a token of the RFC 9068 dialect', async () => {
    const { access_token } = await tokenBy(oauth.ClientSecretBasic(billing.client_secret), { audience: profiled })
    const request = new Request(`${profiled}orders`, { headers: { authorization: `Bearer ${access_token}` } })
    expect(await oauth.validateJwtAccessToken(as, request, profiled, options)).toMatchObject({
      client_id: billing.client_id,
      scope: 'read:orders write:orders',
    })
    await expect(oauth.validateJwtAccessToken(as, request, audience, options)).rejects.toThrow()
  })

  test('asks about the tokens it gets', async () => {
    const { access_token } = await tokenBy(oauth.ClientSecretBasic(billing.client_secret), {})
    const api: oauth.Client = { client_id: orders.client_id }
    const way = oauth.ClientSecretBasic(orders.client_secret)
    const answer = await oauth.introspectionRequest(as, api, way, access_token, options)
    expect(await oauth.processIntrospectionResponse(as, api, answer)).toMatchObject({
      active: true,
      client_id: billing.client_id,
    })
  })
})
