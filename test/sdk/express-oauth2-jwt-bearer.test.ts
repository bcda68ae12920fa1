import { createServer, type Server } from 'node:http'
import express from 'express'
import { auth, claimEquals, requiredScopes } from 'express-oauth2-jwt-bearer'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../support/server.ts'
import { aGrant, anApi, audience, billing, handler } from '../support/tenant.ts'

const profiled = 'https://profiled.example.com/'
const bound = 'https://bound.example.com/'
const elliptic = 'https://elliptic.example.com/'
const tier = 'https://claims.example.com/tier'

let server: TestServer
const apis: Server[] = []
beforeAll(async () => {
  server = await openServer({
    apis: [
      anApi(),
      anApi({ identifier: profiled, token_dialect: 'rfc9068_profile' }),
      anApi({ identifier: elliptic, signing_alg: 'ES256' }),
      anApi({ identifier: bound, proof_of_possession: { mechanism: 'dpop', required: true } }),
    ],
    grants: [aGrant(), ...[profiled, elliptic, bound].map((identifier) => aGrant({ audience: identifier }))],
    actions: [handler(`api.accessToken.setCustomClaim('${tier}', 'gold')`)],
  })
})
afterAll(async () => {
  for (const api of apis) api.close()
  await server.close()
})

/** An API as Auth0's quickstart writes it. The issuer's host is not this machine's, so the place of the key set is given. */
async function listen(options: Parameters<typeof auth>[0]): Promise<string> {
  const app = express()
  app.use(auth({ issuer: 'https://auth.example.com/', jwksUri: `${server.url}/.well-known/jwks.json`, ...options }))
  app.get('/orders', requiredScopes('read:orders'), claimEquals(tier, 'gold'), (request, response) => {
    response.json({ sub: request.auth?.payload.sub })
  })
  app.get('/all', requiredScopes('delete:orders'), (_request, response) => {
    response.json({})
  })
  const api = createServer(app)
  apis.push(api)
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  const address = api.address()
  if (address === null || typeof address === 'string') throw new Error('the API listens on no port')
  return `http://127.0.0.1:${address.port}`
}
const call = async (url: string, token: unknown) => {
  const response = await fetch(url, { headers: { authorization: `Bearer ${String(token)}` } })
  return { status: response.status, challenge: response.headers.get('www-authenticate'), body: await response.text() }
}
const tokenFor = async (api: string) => (await server.token({ audience: api })).body.access_token

describe('an API behind express-oauth2-jwt-bearer', () => {
  test('lets a token in, with its scopes and the claim an action set', async () => {
    const url = await listen({ audience, tokenSigningAlg: 'RS256' })
    const token = await tokenFor(audience)
    const { status, body } = await call(`${url}/orders`, token)
    expect([status, JSON.parse(body)]).toEqual([200, { sub: 'BillingServiceClientId0000000001@clients' }])
    expect((await call(`${url}/all`, token)).status).toBe(403)
  })

  test('lets a token of the RFC 9068 dialect in where it demands one, and no other', async () => {
    const url = await listen({ audience: profiled, strict: true })
    expect((await call(`${url}/orders`, await tokenFor(profiled))).status).toBe(200)
    const lax = await listen({ audience, strict: true })
    expect((await call(`${lax}/orders`, await tokenFor(audience))).status).toBe(401)
  })

  test('lets an ES256 token in', async () => {
    const url = await listen({ audience: elliptic, tokenSigningAlg: 'ES256' })
    expect((await call(`${url}/orders`, await tokenFor(elliptic))).status).toBe(200)
  })

  test('lets a token in that is bound to a DPoP key, from who has the key alone', async () => {
    const url = new URL(`${await listen({ audience: bound, dpop: { enabled: true, required: true } })}/orders`)
    const client: oauth.Client = { client_id: billing.client_id }
    const issuer: oauth.AuthorizationServer = {
      issuer: 'https://auth.example.com/',
      token_endpoint: `${server.url}/oauth/token`,
    }
    const insecure = { [oauth.allowInsecureRequests]: true }
    const handle = async () => oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
    const [mine, theirs] = [await handle(), await handle()]
    const { access_token } = await oauth.processClientCredentialsResponse(
      issuer,
      client,
      await oauth.clientCredentialsGrantRequest(
        issuer,
        client,
        oauth.ClientSecretPost(billing.client_secret),
        { audience: bound },
        { ...insecure, DPoP: mine },
      ),
    )
    const use = (DPoP: oauth.DPoPHandle) =>
      oauth.protectedResourceRequest(access_token, 'GET', url, new Headers(), null, { ...insecure, DPoP })
    expect((await use(mine)).status).toBe(200)
    await expect(use(theirs)).rejects.toMatchObject({ status: 401 })
    // Without a proof it is no credential: refused as a malformed request.
    expect((await call(url.href, access_token)).status).toBe(400)
  })

  test('keeps out a token for another API, and one that was changed', async () => {
    const url = await listen({ audience })
    const [header, payload, signature] = String(await tokenFor(audience)).split('.')
    const turned = [...(signature ?? '')].reverse().join('')
    for (const token of [await tokenFor(profiled), `${header}.${payload}.${turned}`]) {
      const { status, challenge } = await call(`${url}/orders`, token)
      expect([status, challenge]).toEqual([401, expect.stringContaining('invalid_token')])
    }
  })
})
