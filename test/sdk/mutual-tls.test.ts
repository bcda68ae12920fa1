import { once } from 'node:events'
import { Agent, createServer, request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  newAuthority,
  newCertificate,
  type TestCertificate,
  type TlsFolder,
  tlsFolder,
} from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { openServer, type TestServer } from '../support/server.ts'
import { aClient, aGrant, anApi, audience } from '../support/tenant.ts'

const bound = 'https://bound.example.com/'

let server: TestServer
let folder: TlsFolder
let authority: TestCertificate
let mine: TestCertificate
let alone: TestCertificate
let port: number
const closers: (() => void)[] = []
beforeAll(async () => {
  authority = await newAuthority('Test authority')
  const own = await newCertificate([['CN', 'localhost']], { issuer: authority })
  mine = await newCertificate([['CN', 'billing']], { issuer: authority })
  alone = await newCertificate([['CN', 'alone']])
  folder = await tlsFolder(own, authority)
  port = await freePort()
  server = await openServer(
    {
      clients: [
        aClient({
          name: 'By subject',
          client_id: 'by-subject',
          token_endpoint_auth_method: null,
          client_authentication_methods: {
            tls_client_auth: { credentials: [{ credential_type: 'cert_subject_dn', subject_dn: 'CN=billing' }] },
          },
        }),
        aClient({
          name: 'By certificate',
          client_id: 'by-certificate',
          token_endpoint_auth_method: null,
          client_authentication_methods: {
            self_signed_tls_client_auth: { credentials: [{ credential_type: 'x509_cert', pem: alone.cert }] },
          },
        }),
      ],
      apis: [anApi(), anApi({ identifier: bound, proof_of_possession: { mechanism: 'mtls', required: true } })],
      grants: ['By subject', 'By certificate'].flatMap((client) => [
        aGrant({ client }),
        aGrant({ client, audience: bound }),
      ]),
    },
    { ...folder.settings, TLS_PORT: String(port), DOMAIN: `localhost:${port}` },
  )
})
afterAll(async () => {
  for (const close of closers) close()
  await server.close()
  await folder.remove()
})

/** Node's `fetch` has no client certificates of its own: what a client brings for them. */
function fetchWith(certificate: TestCertificate): openid.CustomFetch {
  return async (url, { method, headers, body }) => {
    const sent = request(url, {
      method,
      headers,
      ca: authority.cert,
      agent: false,
      key: certificate.key,
      cert: certificate.cert,
    })
    sent.end(body === undefined || body === null ? undefined : String(body))
    const [response] = await once(sent, 'response')
    const bytes = await buffer(response)
    return new Response(bytes, { status: response.statusCode, headers: response.headers })
  }
}
const discover = (client_id: string, certificate: TestCertificate) =>
  openid.discovery(new URL(`https://localhost:${port}/`), client_id, {}, openid.TlsClientAuth(), {
    [openid.customFetch]: fetchWith(certificate),
  })

describe('a client written with openid-client, with a certificate', () => {
  test.each([
    ['tls_client_auth', 'by-subject', () => mine],
    ['self_signed_tls_client_auth', 'by-certificate', () => alone],
  ] as const)('gets a bound token by %s, asks about it and revokes it', async (method, client_id, certificate) => {
    const config = await discover(client_id, certificate())
    expect(config.serverMetadata()).toMatchObject({ tls_client_certificate_bound_access_tokens: true })
    expect(config.serverMetadata().token_endpoint_auth_methods_supported).toContain(method)
    const { access_token, token_type } = await openid.clientCredentialsGrant(config, { audience: bound })
    expect(token_type).toBe('bearer')
    expect(await openid.tokenIntrospection(config, access_token)).toMatchObject({
      active: true,
      client_id,
      token_type: 'Bearer',
      cnf: { 'x5t#S256': certificate().thumbprint },
    })
    await openid.tokenRevocation(config, access_token)
    expect(await openid.tokenIntrospection(config, access_token)).toEqual({ active: false })
  })

  test('is refused with the certificate of another', async () => {
    const config = await discover('by-subject', alone)
    await expect(openid.clientCredentialsGrant(config, { audience })).rejects.toMatchObject({
      error: 'invalid_client',
      status: 401,
    })
  })
})

describe('an API behind express-oauth2-jwt-bearer, that finds the issuer by itself', () => {
  test('lets a bound token in over a connection with its certificate alone', async () => {
    const app = express()
    app.use(
      auth({
        issuerBaseURL: `https://localhost:${port}`,
        audience: bound,
        agent: new Agent({ ca: authority.cert }),
        mtls: { enabled: true, required: true },
        getCertificate: ({ socket }) => (socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined),
      }),
    )
    app.get('/orders', (_request, response) => {
      response.json({ done: true })
    })
    const own = await newCertificate([['CN', 'localhost']], { issuer: authority })
    const api = createServer({ key: own.key, cert: own.cert, requestCert: true, rejectUnauthorized: false }, app)
    closers.push(() => api.close())
    api.listen(0, '127.0.0.1')
    await once(api, 'listening')
    const address = api.address()
    if (address === null || typeof address === 'string') throw new Error('the API listens on no port')

    const config = await discover('by-subject', mine)
    const { access_token } = await openid.clientCredentialsGrant(config, { audience: bound })
    const call = (certificate: TestCertificate) =>
      fetchWith(certificate)(`https://localhost:${address.port}/orders`, {
        method: 'GET',
        headers: { authorization: `Bearer ${access_token}` },
        body: undefined,
        redirect: 'manual',
      })
    expect(await (await call(mine)).json()).toEqual({ done: true })
    expect((await call(alone)).status).toBe(401)
  })
})
