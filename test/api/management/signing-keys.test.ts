import { X509Certificate } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { anApi } from '../../support/tenant.ts'

interface Key {
  readonly kid: string
  readonly cert: string
  readonly current: boolean
  readonly next: boolean
  readonly previous: boolean
  readonly revoked: boolean
  readonly alg?: string
}

describe('the signing keys over the Management API', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({
      apis: [anApi(), anApi({ identifier: 'https://es.example.com/', signing_alg: 'ES256' })],
    })
  })
  afterAll(() => server.close())

  /** With a token of the key that signs now: one of a revoked key is none. */
  const manage = async (method: string, path: string) => {
    const { client_id, client_secret, audience } = server.managementClient
    const { body } = await server.token({ client_id, client_secret, audience })
    return server.manage(method, path, undefined, { authorization: `Bearer ${body.access_token}` })
  }
  const list = async (): Promise<readonly Key[]> => JSON.parse((await manage('GET', '/keys/signing')).text)
  const keySet = async (): Promise<JSONWebKeySet> => JSON.parse((await server.send('/.well-known/jwks.json')).text)
  const kidOf = async () => decodeProtectedHeader(String((await server.token()).body.access_token)).kid

  test('are listed as a bare array, the RSA key that signs first, with its certificate in every form', async () => {
    const { status, text } = await manage('GET', '/keys/signing')
    expect(status).toBe(200)
    const [first] = JSON.parse(text)
    expect(first).toStrictEqual({
      kid: await kidOf(),
      cert: expect.stringMatching(/^-----BEGIN CERTIFICATE-----\r\n/),
      pkcs7: expect.stringMatching(/^-----BEGIN PKCS7-----\r\n/),
      current: true,
      next: false,
      previous: false,
      current_since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/),
      thumbprint: expect.stringMatching(/^[0-9A-F]{40}$/),
      revoked: false,
    })
    expect(new X509Certificate(first.cert).fingerprint).toBe(first.fingerprint)
  })

  test('name the algorithm of a family that Auth0 does not have, which has no certificate', async () => {
    const keys = (await list()).filter(({ alg }) => alg !== undefined)
    expect(keys).toMatchObject([
      { alg: 'ES256', current: true, cert: '' },
      { alg: 'ES256', next: true, cert: '' },
    ])
  })

  test('are read one by one; an id that is none is not found', async () => {
    const [first] = await list()
    const found = await manage('GET', `/keys/signing/${first?.kid}`)
    expect([found.status, found.body]).toEqual([200, first])
    const { status, body } = await manage('GET', '/keys/signing/nobody')
    expect([status, body.message]).toEqual([404, 'Signing key not found.'])
    expect((await manage('PUT', '/keys/signing/nobody/revoke')).status).toBe(404)
  })

  test('rotate for a token with both scopes alone', async () => {
    const made = await server.manage('POST', '/clients', {
      name: 'Half',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
    })
    const { client_id, client_secret } = made.body
    const { audience } = server.managementClient
    await server.manage('POST', '/client-grants', { client_id, audience, scope: ['create:signing_keys'] })
    const token = await server.token({ client_id, client_secret, audience })
    const headers = { authorization: `Bearer ${token.body.access_token}` }
    const { status, body } = await server.manage('POST', '/keys/signing/rotate', undefined, headers)
    expect([status, body.message]).toEqual([
      403,
      'Insufficient scope, expected create:signing_keys and update:signing_keys',
    ])
  })

  test('rotate: the next one signs the next token, and a token of before still verifies until its key is revoked', async () => {
    const before = await list()
    const old = String((await server.token()).body.access_token)
    const rotated = await manage('POST', '/keys/signing/rotate')
    expect([rotated.status, Object.keys(rotated.body)]).toEqual([201, ['kid', 'cert']])
    expect(rotated.body.kid).toBe(before.find(({ next, alg }) => next && alg === undefined)?.kid)
    expect(await kidOf()).toBe(rotated.body.kid)
    await jwtVerify(old, createLocalJWKSet(await keySet()))

    const signer = before.find(({ current, alg }) => current && alg === undefined)
    const revoked = await manage('PUT', `/keys/signing/${signer?.kid}/revoke`)
    expect([revoked.status, revoked.body]).toEqual([200, { kid: signer?.kid, cert: signer?.cert }])
    await expect(jwtVerify(old, createLocalJWKSet(await keySet()))).rejects.toThrow('no applicable key')
    const again = (await list()).find(({ kid }) => kid === signer?.kid)
    expect(again).toMatchObject({
      current: false,
      next: false,
      previous: false,
      revoked: true,
      revoked_at: expect.any(String),
    })
  })

  test('that sign or will are not revoked', async () => {
    for (const key of (await list()).filter(({ current, next }) => current || next)) {
      const { status, body } = await manage('PUT', `/keys/signing/${key.kid}/revoke`)
      expect([status, body.message]).toEqual([400, expect.stringContaining('only a previous one can be revoked')])
    }
    expect((await server.token()).status).toBe(200)
  })
})
