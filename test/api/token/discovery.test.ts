import { join } from 'node:path'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { audience } from '../../support/tenant.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server.close())

describe('the metadata', () => {
  test('says what exists, the same under both names', async () => {
    const documents = await Promise.all(
      ['openid-configuration', 'oauth-authorization-server'].map((name) => server.send(`/.well-known/${name}`)),
    )
    for (const { status, headers, body } of documents) {
      expect(status).toBe(200)
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(body).toEqual({
        issuer: 'https://auth.example.com/',
        token_endpoint: 'https://auth.example.com/oauth/token',
        jwks_uri: 'https://auth.example.com/.well-known/jwks.json',
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    }
  })
})

describe('the key set', () => {
  test('holds the key that signs and the one that will, and nothing private', async () => {
    const { status, headers, body } = await server.send('/.well-known/jwks.json')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toContain('max-age')
    const { keys } = body as { readonly keys: readonly Readonly<Record<string, unknown>>[] }
    expect(keys).toHaveLength(2)
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256', e: 'AQAB', x5c: [expect.any(String)] })
      expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use', 'x5c', 'x5t'])
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2)
  })

  test('verifies a token, found the way a resource server finds it', async () => {
    const { body } = await server.send('/.well-known/openid-configuration')
    // The issuer's host is not this machine's: its documents are fetched where the server listens.
    const keys = createRemoteJWKSet(new URL(String(body.jwks_uri)), {
      [customFetch]: (url, options) => fetch(new URL(new URL(url).pathname, server.url), options),
    })
    const token = String((await server.token()).body.access_token)
    const expected = { issuer: String(body.issuer), audience, algorithms: ['RS256'] }
    const { payload, protectedHeader } = await jwtVerify(token, keys, expected)
    expect([payload.aud, protectedHeader.alg]).toEqual([audience, 'RS256'])

    const [header, , signature] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ ...payload, scope: 'delete:orders' })).toString('base64url')
    await expect(jwtVerify(`${header}.${forged}.${signature}`, keys, expected)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    })
  })
})

test('a server started again on its data has the same keys, and its log goes on', async () => {
  const environment = { DATA_DIR: join(await temporaryFolder(), 'data') }
  const first = await openServer({}, environment)
  const before = await first.send('/.well-known/jwks.json')
  expect((await first.token()).status).toBe(200)
  await first.close()
  const second = await openServer({}, environment)
  expect((await second.send('/.well-known/jwks.json')).body).toEqual(before.body)
  expect((await second.token()).status).toBe(200)
  expect(await second.logs()).toMatchObject([{ type: 'seccft' }, { type: 'seccft' }])
  await second.close()
})
