import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  newCertificate,
  type TestCertificate,
  type TlsAnswer,
  type TlsFolder,
  tlsFolder,
} from '../../support/certificates.ts'
import {
  askOverTls,
  authority,
  bindingApi,
  expired,
  given,
  otherAuthority,
  own,
  rejected,
  selfSigned,
  selfSignedOnceValid,
  serveTls,
  signed,
  subject,
} from '../../support/certified-tenant.ts'
import { openServer, type TestServer } from '../../support/server.ts'

const day = 86_400_000

function cnfOf({ body: { access_token } }: { readonly body: Readonly<Record<string, unknown>> }): unknown {
  return typeof access_token === 'string' ? decodeJwt(access_token).cnf : undefined
}

describe('a server with TLS and an authority for its clients', () => {
  let server: TestServer
  let folder: TlsFolder
  beforeAll(async () => {
    folder = await tlsFolder(own, authority)
    server = await openServer(given, folder.settings)
  })
  afterAll(async () => {
    await server.close()
    await folder.remove()
  })

  /** Why the log says the client was refused. */
  async function reasonOf(answer: TlsAnswer): Promise<unknown> {
    const id = answer.headers['x-auth0-requestid']
    const entry = (await server.logs()).find(({ details }) => JSON.stringify(details).includes(String(id)))
    return entry?.details?.client_authentication_error
  }

  test.each(['subject', 'subject-forward', 'subject-of-two', 'subject-from-pem', 'thumbprint-of-signed'])(
    'takes a certificate of that authority as the proof of the client "%s"',
    async (client_id) => {
      const answer = await askOverTls(server, { client_id }, signed)
      expect([answer.status, answer.body.token_type]).toEqual([200, 'Bearer'])
    },
  )

  test('takes a self-signed certificate by its thumbprint', async () => {
    expect((await askOverTls(server, { client_id: 'thumbprint' }, selfSigned)).status).toBe(200)
  })

  const fromAuthority = (name: string) => [...subject.slice(0, 2), ['CN', name]] as const
  test.each<[string, string, () => Promise<TestCertificate | undefined>, string]>([
    ['no certificate', 'subject', async () => undefined, 'no client certificate was presented'],
    [
      'a certificate of that subject by another authority of the same name',
      'subject',
      () => newCertificate(subject, { issuer: otherAuthority }),
      'the client certificate leads to no trusted authority',
    ],
    [
      'a self-signed certificate of that subject',
      'subject',
      () => newCertificate(subject),
      'the client certificate leads to no trusted authority',
    ],
    [
      'a certificate that a client made with its own as the authority',
      'subject',
      () => newCertificate(subject, { issuer: signed }),
      'the client certificate leads to no trusted authority',
    ],
    [
      'a certificate of the authority for another subject',
      'subject',
      () => newCertificate(fromAuthority('billings'), { issuer: authority }),
      'the subject of the client certificate is none of its live credentials',
    ],
    [
      'the subject with another letter case',
      'subject',
      () => newCertificate(fromAuthority('Billing'), { issuer: authority }),
      'the subject of the client certificate is none of its live credentials',
    ],
    [
      'the subject and one attribute more',
      'subject',
      () => newCertificate([...subject, ['OU', 'More']], { issuer: authority }),
      'the subject of the client certificate is none of its live credentials',
    ],
    [
      'the subject written into one attribute of another',
      'subject',
      () => newCertificate([['CN', 'billing\\,O=Example\\,C=US']], { issuer: authority }),
      'the subject of the client certificate is none of its live credentials',
    ],
    [
      'an expired certificate',
      'subject',
      () => newCertificate(subject, { issuer: authority, ...expired }),
      'the client certificate is not valid now',
    ],
    [
      'a certificate that is not valid yet',
      'subject',
      () => newCertificate(subject, { issuer: authority, notBefore: new Date(Date.now() + day) }),
      'the client certificate is not valid now',
    ],
    [
      'a certificate for servers alone',
      'subject',
      () => newCertificate(subject, { issuer: authority, usage: 'server' }),
      'the client certificate leads to no trusted authority',
    ],
    ['an expired credential', 'subject-expired', async () => signed, 'none of its live credentials'],
    ['another certificate', 'thumbprint', async () => signed, 'none of its live credentials'],
    [
      'another self-signed certificate of the same subject',
      'thumbprint',
      () => newCertificate([['CN', 'reports']]),
      'none of its live credentials',
    ],
    [
      'the right certificate after its end',
      'thumbprint',
      async () => selfSignedOnceValid,
      'the client certificate is not valid now',
    ],
    [
      'the right certificate with an expired credential',
      'thumbprint-expired',
      async () => selfSigned,
      'live credentials',
    ],
    ['nothing', 'thumbprint', async () => undefined, 'no client certificate was presented'],
  ])('refuses %s for the client "%s"', async (_name, client_id, certificate, reason) => {
    const answer = await askOverTls(server, { client_id }, await certificate())
    expect([answer.status, answer.body]).toEqual([401, rejected])
    expect(await reasonOf(answer)).toContain(reason)
  })

  test('refuses the secret of a client that is to show a certificate, which may show it too', async () => {
    for (const certificate of [undefined, signed]) {
      const answer = await askOverTls(server, { client_id: 'subject', client_secret: 'secret' }, certificate)
      expect([answer.status, answer.body.error]).toEqual([401, 'access_denied'])
    }
  })

  test("refuses one client's certificate for another client", async () => {
    expect((await askOverTls(server, { client_id: 'thumbprint' }, signed)).status).toBe(401)
    expect((await askOverTls(server, { client_id: 'subject' }, selfSigned)).status).toBe(401)
    expect((await askOverTls(server, { client_id: 'secret' }, signed)).status).toBe(401)
  })

  test('refuses such a client without TLS', async () => {
    const answer = await server.token({ client_id: 'subject', client_secret: undefined })
    expect([answer.status, answer.body]).toEqual([401, rejected])
  })

  test.each([
    ['that the client proved itself with', { client_id: 'subject' }, signed],
    ['beside a client secret, whoever signed it', { client_id: 'secret', client_secret: 'secret' }, selfSigned],
  ])('binds the token to the certificate %s', async (_name, parameters, certificate) => {
    const answer = await askOverTls(server, { ...parameters, audience: bindingApi }, certificate)
    expect([answer.status, answer.body.token_type]).toEqual([200, 'Bearer'])
    expect(cnfOf(answer)).toEqual({ 'x5t#S256': certificate.thumbprint })
  })

  test('binds no token to an expired certificate', async () => {
    const parameters = { client_id: 'secret', client_secret: 'secret', audience: bindingApi }
    const answer = await askOverTls(server, parameters, selfSignedOnceValid)
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        error: 'invalid_request',
        error_description: 'The token cannot be bound to the client certificate: it is not valid now',
      },
    ])
  })

  test('logs the thumbprint with the token that was issued', async () => {
    const answer = await askOverTls(server, { client_id: 'subject' }, signed)
    const [entry] = (await server.logs()).slice(-1)
    expect(entry).toMatchObject({ type: 'seccft', mtls_thumbprint_sha256: signed.thumbprint })
    expect(answer.status).toBe(200)
  })

  test('names what it takes in its metadata', async () => {
    const { body } = await server.send('/.well-known/oauth-authorization-server')
    expect(body.tls_client_certificate_bound_access_tokens).toBe(true)
    expect(body.token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    )
  })
})

describe('a server with TLS and no authority for its clients', () => {
  test('verifies nobody, and knows a certificate by its thumbprint all the same', async () => {
    const { server } = await serveTls()
    expect((await askOverTls(server, { client_id: 'subject' }, signed)).status).toBe(401)
    expect((await askOverTls(server, { client_id: 'thumbprint' }, selfSigned)).status).toBe(200)
    expect((await askOverTls(server, { client_id: 'thumbprint-of-signed' }, signed)).status).toBe(200)
  })
})

describe('MTLS_TOKEN_TYPE=DPoP', () => {
  test("calls a certificate-bound token as Auth0's page does, and no other", async () => {
    const { server } = await serveTls(authority, { MTLS_TOKEN_TYPE: 'DPoP' })
    const bound = await askOverTls(server, { client_id: 'subject', audience: bindingApi }, signed)
    expect([bound.status, bound.body.token_type]).toEqual([200, 'DPoP'])
    expect((await askOverTls(server, { client_id: 'subject' }, signed)).body.token_type).toBe('Bearer')
  })
})

describe('MTLS_DOMAIN', () => {
  test('is where the metadata sends clients with a certificate', async () => {
    const { server } = await serveTls(authority, { MTLS_DOMAIN: 'mtls.example.com' })
    const { body } = await server.send('/.well-known/openid-configuration')
    expect(body.mtls_endpoint_aliases).toMatchObject({ token_endpoint: 'https://mtls.example.com/oauth/token' })
  })
})
