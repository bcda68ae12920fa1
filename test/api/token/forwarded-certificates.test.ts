import { afterAll, describe, expect, test } from 'vitest'
import { postOverTls, type TestCertificate } from '../../support/certificates.ts'
import {
  askOverTls,
  authority,
  bindingApi,
  given,
  own,
  rejected,
  selfSigned,
  serveTls,
  signed,
} from '../../support/certified-tenant.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience } from '../../support/tenant.ts'

describe('a server behind a proxy that ends TLS', () => {
  const escaped = ({ cert }: TestCertificate) => encodeURIComponent(cert)
  const bytes = ({ cert }: TestCertificate) => `:${cert.replace(/-----[A-Z ]+-----|\s/g, '')}:`
  const trusted = { TRUSTED_PROXIES: '127.0.0.0/8,::1' }

  /** What a proxy of each form sends for a certificate that it verified, or did not. */
  const forms = {
    nginx: (certificate: TestCertificate, isVerified: boolean) => ({
      'ssl-client-cert': escaped(certificate),
      'ssl-client-verify': isVerified ? 'SUCCESS' : 'FAILED:self signed certificate',
    }),
    auth0: (certificate: TestCertificate, isVerified: boolean) => ({
      'client-certificate': escaped(certificate),
      'client-certificate-ca-verified': isVerified ? 'SUCCESS' : 'FAILED',
    }),
    envoy: (certificate: TestCertificate) => ({
      'x-forwarded-client-cert': `By=spiffe://proxy;Hash=ab;Cert="${escaped(certificate)}";Subject="CN=\\"x\\",O=y";URI=`,
    }),
    rfc9440: (certificate: TestCertificate) => ({ 'client-cert': bytes(certificate) }),
  }
  const names = ['nginx', 'auth0', 'envoy', 'rfc9440'] as const
  const withoutVerdict: readonly string[] = ['envoy', 'rfc9440']

  const servers = new Map<string, Promise<TestServer>>()
  afterAll(async () => {
    for (const server of await Promise.all(servers.values())) await server.close()
  })

  /** A server with these settings, the same for every test that asks for the same. */
  function proxied(environment: Readonly<Record<string, string>>): Promise<TestServer> {
    const name = JSON.stringify(environment)
    const server = servers.get(name) ?? openServer(given, environment)
    servers.set(name, server)
    return server
  }
  const askBy = (server: TestServer, client_id: string, headers: Readonly<Record<string, string>>, api = audience) =>
    server.token(
      { client_id, client_secret: client_id === 'secret' ? 'secret' : undefined, audience: api },
      { headers },
    )

  test.each(names)('believes a trusted one in the form %s', async (form) => {
    const server = await proxied({
      ...trusted,
      CLIENT_CERT_HEADER: form,
      ...(withoutVerdict.includes(form) && { CLIENT_CERT_PROXY_VERIFIES: 'on' }),
    })
    expect((await askBy(server, 'subject', forms[form](signed, true))).status).toBe(200)
    expect((await askBy(server, 'thumbprint', forms[form](selfSigned, false))).status).toBe(200)
    const bound = await askBy(server, 'secret', forms[form](selfSigned, false), bindingApi)
    expect([bound.status, bound.claims.cnf]).toEqual([200, { 'x5t#S256': selfSigned.thumbprint }])
  })

  test.each(names)('does not take a certificate for verified that one in the form %s did not verify', async (form) => {
    const server = await proxied({ ...trusted, CLIENT_CERT_HEADER: form })
    const answer = await askBy(server, 'subject', forms[form](signed, false))
    expect([answer.status, answer.body]).toEqual([401, rejected])
    const [entry] = await server.logsOf(answer)
    expect(entry?.details?.client_authentication_error).toBe('the client certificate leads to no trusted authority')
  })

  test.each(names)('ignores anybody else in the form %s, and says so in the log', async (form) => {
    const server = await proxied({ TRUSTED_PROXIES: '10.0.0.0/8,fd00::/8', CLIENT_CERT_HEADER: form })
    for (const client_id of ['subject', 'thumbprint']) {
      const certificate = client_id === 'subject' ? signed : selfSigned
      const answer = await askBy(server, client_id, forms[form](certificate, true))
      expect([answer.status, answer.body]).toEqual([401, rejected])
    }
    const plain = await askBy(server, 'secret', forms[form](selfSigned, true), bindingApi)
    expect([plain.status, plain.claims.cnf]).toEqual([200, undefined])
    const [entry] = await server.logsOf(plain)
    expect(entry?.mtls_thumbprint_sha256).toBeUndefined()
    expect(JSON.stringify(entry?.details)).toContain('was ignored: 127.0.0.1 is not in TRUSTED_PROXIES')
  })

  test.each(names)('does not know the form %s unless it is the one that was set', async (form) => {
    const server = await proxied({ ...trusted, CLIENT_CERT_HEADER: form === 'nginx' ? 'auth0' : 'nginx' })
    expect((await askBy(server, 'thumbprint', forms[form](selfSigned, true))).status).toBe(401)
    const off = await proxied(trusted)
    expect((await askBy(off, 'thumbprint', forms[form](selfSigned, true))).status).toBe(401)
  })

  test('believes a trusted one with the key that was agreed on, and no other', async () => {
    const key = 'a-key-that-was-agreed-on'
    const server = await proxied({ ...trusted, CLIENT_CERT_HEADER: 'auth0', CLIENT_CERT_API_KEY: key })
    const headers = forms.auth0(selfSigned, false)
    expect((await askBy(server, 'thumbprint', { ...headers, 'cname-api-key': key })).status).toBe(200)
    for (const wrong of [{}, { 'cname-api-key': `${key}x` }, { 'cname-api-key': '' }]) {
      const answer = await askBy(server, 'thumbprint', { ...headers, ...wrong })
      expect(answer.status).toBe(401)
      expect(JSON.stringify(await server.logsOf(answer))).toContain('cname-api-key is not CLIENT_CERT_API_KEY')
    }
  })

  test.each<[string, keyof typeof forms, Readonly<Record<string, string>>]>([
    ['two certificates', 'nginx', { 'ssl-client-cert': encodeURIComponent(selfSigned.cert + signed.cert) }],
    ['text before the certificate', 'nginx', { 'ssl-client-cert': encodeURIComponent(`x\n${selfSigned.cert}`) }],
    ['no certificate', 'nginx', { 'ssl-client-cert': 'certificate' }],
    ['a broken escape', 'nginx', { 'ssl-client-cert': '%zz' }],
    [
      'a certificate cut short',
      'nginx',
      { 'ssl-client-cert': escaped({ ...selfSigned, cert: selfSigned.cert.replace(/[A-Za-z0-9+/]{20}(?=\s)/, '') }) },
    ],
    ['a private key', 'nginx', { 'ssl-client-cert': encodeURIComponent(selfSigned.key) }],
    ['two headers in one', 'nginx', { 'ssl-client-cert': `${escaped(selfSigned)}, ${escaped(selfSigned)}` }],
    ['more than fits', 'auth0', { 'client-certificate': escaped(selfSigned) + '%0A'.repeat(1_400) }],
    ['elements of two hops', 'envoy', { 'x-forwarded-client-cert': `Cert="${escaped(selfSigned)}",Hash=ab` }],
    ['two Certs', 'envoy', { 'x-forwarded-client-cert': `Cert="${escaped(selfSigned)}";Cert="${escaped(signed)}"` }],
    ['a Cert inside of a Subject', 'envoy', { 'x-forwarded-client-cert': `Subject="Cert=${escaped(selfSigned)}"` }],
    ['no colons', 'rfc9440', { 'client-cert': bytes(selfSigned).slice(1, -1) }],
    ['two byte sequences', 'rfc9440', { 'client-cert': `${bytes(selfSigned)}, ${bytes(signed)}` }],
  ])('binds no token and proves nobody by %s in the form %s', async (_name, form, headers) => {
    const server = await proxied({ ...trusted, CLIENT_CERT_HEADER: form })
    expect((await askBy(server, 'thumbprint', headers)).body).toEqual(rejected)
    const answer = await askBy(server, 'secret', headers, bindingApi)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect(String(answer.body.error_description)).toMatch(
      /^The token cannot be bound to the client certificate: the header /,
    )
  })

  test('a proxy with a certificate of its own does not stand for its clients', async () => {
    const { server } = await serveTls(authority, { ...trusted, CLIENT_CERT_HEADER: 'nginx' })
    expect((await askOverTls(server, { client_id: 'subject' }, signed)).status).toBe(401)
  })

  test('a client that connects by itself is known by its own certificate and not by the header it sends', async () => {
    const { server } = await serveTls(authority, { TRUSTED_PROXIES: '10.0.0.0/8', CLIENT_CERT_HEADER: 'nginx' })
    const parameters = { grant_type: 'client_credentials', audience }
    const over = (client_id: string) =>
      postOverTls(
        '/oauth/token',
        { ...parameters, client_id },
        {
          port: server.tlsPort ?? 0,
          ca: own.cert,
          certificate: signed,
          headers: forms.nginx(selfSigned, true),
        },
      )
    expect((await over('subject')).status).toBe(200)
    expect((await over('thumbprint')).status).toBe(401)
  })
})
