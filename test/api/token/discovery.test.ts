import { join } from 'node:path'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { audience } from '../../support/tenant.ts'

const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
const assertions = ['RS256', 'RS384', 'PS256', 'ES256', 'EdDSA']

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
        introspection_endpoint: 'https://auth.example.com/oauth/introspect',
        revocation_endpoint: 'https://auth.example.com/oauth/revoke',
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: methods,
        token_endpoint_auth_signing_alg_values_supported: assertions,
        introspection_endpoint_auth_methods_supported: methods,
        introspection_endpoint_auth_signing_alg_values_supported: assertions,
        revocation_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_signing_alg_values_supported: assertions,
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        dpop_signing_alg_values_supported: ['ES256', 'ES384', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
      })
    }
  })

  test('names the endpoints that answer: each of them says what it misses', async () => {
    const { body } = await server.send('/.well-known/oauth-authorization-server')
    for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) {
      const { status, body: refusal } = await server.postForm(new URL(String(body[name])).pathname, {})
      expect([status, refusal.error, name]).toEqual([400, 'invalid_request', name])
    }
    const { body: keySet } = await server.send(new URL(String(body.jwks_uri)).pathname)
    expect(Object.keys(keySet)).toEqual(['keys'])
  })

  test('names client certificates, and where to send them, once they can reach the server', async () => {
    const environment = { CLIENT_CERT_HEADER: 'nginx', TRUSTED_PROXIES: '192.0.2.0/24', DPOP_ALGORITHMS: 'ES256' }
    const behindProxy = await openServer({}, environment)
    const apart = await openServer({}, { ...environment, MTLS_DOMAIN: 'mtls.example.com' })
    const [same, other] = await Promise.all(
      [behindProxy, apart].map(async (each) => (await each.send('/.well-known/openid-configuration')).body),
    )
    await Promise.all([behindProxy.close(), apart.close()])
    for (const document of [same, other]) {
      expect(document).toMatchObject({
        token_endpoint: 'https://auth.example.com/oauth/token',
        token_endpoint_auth_methods_supported: [...methods, 'tls_client_auth', 'self_signed_tls_client_auth'],
        tls_client_certificate_bound_access_tokens: true,
        dpop_signing_alg_values_supported: ['ES256'],
      })
    }
    expect(same).not.toHaveProperty('mtls_endpoint_aliases')
    expect(other?.mtls_endpoint_aliases).toEqual({
      token_endpoint: 'https://mtls.example.com/oauth/token',
      introspection_endpoint: 'https://mtls.example.com/oauth/introspect',
      revocation_endpoint: 'https://mtls.example.com/oauth/revoke',
    })
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
