import { type CryptoKey, exportSPKI, generateKeyPair } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../support/server.ts'
import { aClient, aGrant, anApi, audience, billing } from '../support/tenant.ts'

const issuer = new URL('https://auth.example.com/')
const numbered = 'urn:numbered'
const bound = 'urn:bound'

let server: TestServer
let privateKey: CryptoKey
beforeAll(async () => {
  const pair = await generateKeyPair('PS256', { extractable: true })
  privateKey = pair.privateKey
  const credential = { credential_type: 'public_key', pem: await exportSPKI(pair.publicKey), alg: 'PS256' } as const
  server = await openServer({
    clients: [
      aClient(),
      aClient({
        name: 'Keyed',
        client_id: 'keyed',
        token_endpoint_auth_method: null,
        client_authentication_methods: { private_key_jwt: { credentials: [credential] } },
      }),
    ],
    apis: [
      anApi(),
      anApi({ identifier: numbered, token_dialect: 'rfc9068_profile' }),
      anApi({ identifier: bound, proof_of_possession: { mechanism: 'dpop', required: true } }),
    ],
    grants: [
      aGrant(),
      aGrant({ audience: numbered }),
      aGrant({ audience: bound }),
      aGrant({ client: 'Keyed', audience: numbered }),
    ],
  })
})
afterAll(() => server.close())

/** The issuer's host is not this machine's: what is asked of it is asked where the server listens. */
const toServer: openid.CustomFetch = (url, { method, headers, body, redirect }) => {
  const { pathname, search, origin } = new URL(url)
  expect(origin).toBe(issuer.origin)
  return fetch(new URL(`${pathname}${search}`, server.url), { method, headers, redirect, body: body ?? null })
}
const discover = (
  way: openid.ClientAuth,
  algorithm: 'oidc' | 'oauth2' = 'oidc',
  client_id: string = billing.client_id,
) => openid.discovery(issuer, client_id, {}, way, { algorithm, [openid.customFetch]: toServer })

const ways: readonly (readonly [string, openid.ClientAuth])[] = [
  ['client_secret_basic', openid.ClientSecretBasic(billing.client_secret)],
  ['client_secret_post', openid.ClientSecretPost(billing.client_secret)],
]

describe('a client written with openid-client', () => {
  test.each(ways)('discovers, gets a token, asks about it and revokes it by %s', async (_method, way) => {
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      const config = await discover(way, algorithm)
      const token = await openid.clientCredentialsGrant(config, { audience: numbered, scope: 'read:orders' })
      expect(token).toMatchObject({ token_type: 'bearer', expires_in: 86_400, scope: 'read:orders write:orders' })
      expect(await openid.tokenIntrospection(config, token.access_token)).toMatchObject({ active: true, aud: numbered })
      await openid.tokenRevocation(config, token.access_token)
      expect(await openid.tokenIntrospection(config, token.access_token)).toEqual({ active: false })
    }
  })

  test('does all that by private_key_jwt', async () => {
    const config = await discover(openid.PrivateKeyJwt(privateKey), 'oauth2', 'keyed')
    const { access_token } = await openid.clientCredentialsGrant(config, { audience: numbered })
    expect(await openid.tokenIntrospection(config, access_token)).toMatchObject({ active: true, client_id: 'keyed' })
    await openid.tokenRevocation(config, access_token)
    expect(await openid.tokenIntrospection(config, access_token)).toEqual({ active: false })
  })

  test('gets a token bound to its DPoP key', async () => {
    const config = await discover(openid.ClientSecretBasic(billing.client_secret))
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const token = await openid.clientCredentialsGrant(config, { audience: bound }, { DPoP })
    expect(token.token_type).toBe('dpop')
    expect(await openid.tokenIntrospection(config, token.access_token)).toMatchObject({
      token_type: 'DPoP',
      cnf: { jkt: await DPoP.calculateThumbprint() },
    })
    await expect(openid.clientCredentialsGrant(config, { audience: bound })).rejects.toMatchObject({ status: 400 })
  })

  test('is told the error of the server', async () => {
    const config = await discover(openid.ClientSecretPost(billing.client_secret))
    await expect(openid.clientCredentialsGrant(config, { audience, scope: 'delete:orders' })).rejects.toMatchObject({
      error: 'access_denied',
      error_description: 'Client has not been granted scopes: delete:orders',
      status: 403,
    })
  })
})
