import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { client_assertion_type, newKey, signed } from '../../support/assertions.ts'
import { dpopProof, newProofKey, proofClaims } from '../../support/dpop.ts'
import { openServer, type TestServer } from '../../support/server.ts'
import { anApi, audience, billing, handler } from '../../support/tenant.ts'

const domain = 'login.acme.example'
const alias = `https://${domain}/api/v2/`

describe('a custom domain that is ready', () => {
  let server: TestServer
  let id: string
  beforeAll(async () => {
    server = await openServer({
      apis: [
        anApi(),
        anApi({ identifier: 'https://bound.example.com/', proof_of_possession: { mechanism: 'dpop', required: true } }),
      ],
      actions: [
        handler(`
          api.accessToken.setCustomClaim('hostname', event.request.hostname)
          api.accessToken.setCustomClaim('custom_domain', event.custom_domain ?? 'none')`),
      ],
    })
    const made = await server.manage('POST', '/custom-domains', {
      domain,
      type: 'self_managed_certs',
      domain_metadata: { brand: 'acme' },
    })
    id = String(made.body.custom_domain_id)
    await server.manage('POST', `/custom-domains/${id}/verify`)
  })
  afterAll(() => server.close())

  /** A request by a host of its own choice, which `fetch` does not let one choose. */
  const ask = async (
    host: string,
    path: string,
    {
      form,
      headers = {},
    }: { readonly form?: Readonly<Record<string, string>>; readonly headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const sent = request(`${server.url}${path}`, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers, host },
    })
    sent.end(form === undefined ? undefined : new URLSearchParams(form).toString())
    const [response] = await once(sent, 'response')
    const body = JSON.parse(await text(response))
    return {
      status: response.statusCode,
      body,
      claims: body.access_token === undefined ? {} : decodeJwt(body.access_token),
    }
  }
  const { client_id, client_secret } = billing
  const credentials = { grant_type: 'client_credentials', client_id, client_secret, audience }
  const manager = () => {
    const { client_id, client_secret } = server.managementClient
    return { grant_type: 'client_credentials', client_id, client_secret }
  }

  test('is the issuer of the tokens that are asked for there, and actions see it', async () => {
    const { claims } = await ask(domain, '/oauth/token', { form: credentials })
    expect(claims).toMatchObject({
      iss: `https://${domain}/`,
      hostname: domain,
      custom_domain: { domain, domain_metadata: { brand: 'acme' } },
    })
    const entries = await server.logs()
    expect(entries.at(-1)).toMatchObject({ type: 'seccft', hostname: domain })
  })

  test.each([
    ["the server's own", 'auth.example.com'],
    ["nobody's", 'evil.example'],
    ['one that a domain is part of', `evil.${domain}`],
    ['the domain at another port', `${domain}:8443`],
  ])('is not the issuer where the host is %s', async (_what, host) => {
    const { claims } = await ask(host, '/oauth/token', { form: credentials })
    expect(claims).toMatchObject({
      iss: 'https://auth.example.com/',
      hostname: 'auth.example.com',
      custom_domain: 'none',
    })
  })

  test('is known in any case, and with the port that https has anyway', async () => {
    for (const host of ['Login.ACME.example', `${domain}:443`])
      expect((await ask(host, '/oauth/token', { form: credentials })).claims.iss).toBe(`https://${domain}/`)
  })

  test('has metadata of its own', async () => {
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const { body } = await ask(domain, `/.well-known/${name}`)
      expect(body).toMatchObject({
        issuer: `https://${domain}/`,
        token_endpoint: `https://${domain}/oauth/token`,
        jwks_uri: `https://${domain}/.well-known/jwks.json`,
      })
      expect((await ask('evil.example', `/.well-known/${name}`)).body.issuer).toBe('https://auth.example.com/')
    }
  })

  test('has an audience of the Management API, whose token names it and calls the API by either host', async () => {
    for (const host of [domain, 'auth.example.com']) {
      const { status, body, claims } = await ask(host, '/oauth/token', { form: { ...manager(), audience: alias } })
      expect([status, claims.aud]).toEqual([200, alias])
      expect(String(claims.scope).split(' ')).toContain('update:tenant_settings')
      for (const called of [domain, 'auth.example.com']) {
        const headers = { authorization: `Bearer ${body.access_token}` }
        expect((await ask(called, '/api/v2/tenants/settings', { headers })).status).toBe(200)
      }
    }
  })

  test('lets nobody at that audience who has no grant of the Management API', async () => {
    const { status, body } = await ask(domain, '/oauth/token', { form: { ...credentials, audience: alias } })
    expect([status, body.error]).toEqual([403, 'access_denied'])
  })

  test('a grant that is made and one that ends counts at that audience too, at once', async () => {
    const { audience: own } = server.managementClient
    const form = { ...credentials, audience: alias }
    const granted = await server.manage('POST', '/client-grants', { client_id, audience: own, scope: ['read:logs'] })
    expect((await ask(domain, '/oauth/token', { form })).claims).toMatchObject({ aud: alias, scope: 'read:logs' })
    await server.manage('DELETE', `/client-grants/${granted.body.id}`)
    expect((await ask(domain, '/oauth/token', { form })).status).toBe(403)
  })

  test('is one that an API of the tenant cannot be identified by', async () => {
    const { status, body } = await server.manage('POST', '/resource-servers', { identifier: alias, name: 'Mine' })
    expect([status, body.message]).toEqual([400, 'The selected identifier is reserved.'])
  })

  test('is asked about its tokens, and gives them up, by either host', async () => {
    const { body } = await ask(domain, '/oauth/token', { form: credentials })
    const form = { client_id, client_secret, token: body.access_token }
    for (const host of [domain, 'auth.example.com'])
      expect((await ask(host, '/oauth/introspect', { form })).body).toMatchObject({
        active: true,
        iss: `https://${domain}/`,
      })
    await server.postForm('/oauth/revoke', { token: body.access_token })
    expect((await ask(domain, '/oauth/introspect', { form })).body).toEqual({ active: false })
  })

  test('is what a client assertion may be for', async () => {
    const key = newKey('RS256')
    const made = await server.manage('POST', '/clients', {
      name: 'Keyed',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
      client_authentication_methods: {
        private_key_jwt: { credentials: [{ credential_type: 'public_key', name: 'key', pem: key.pem, alg: 'RS256' }] },
      },
    })
    const keyed = String(made.body.client_id)
    await server.manage('POST', '/client-grants', { client_id: keyed, audience, scope: ['read:orders'] })
    const now = Math.floor(Date.now() / 1_000)
    const form = (aud: string) => ({
      grant_type: 'client_credentials',
      audience,
      client_assertion_type,
      client_assertion: signed(key, { iss: keyed, sub: keyed, aud, iat: now, exp: now + 60, jti: crypto.randomUUID() }),
    })
    for (const aud of [`https://${domain}/`, `https://${domain}/oauth/token`, 'https://auth.example.com/'])
      expect((await ask(domain, '/oauth/token', { form: form(aud) })).status).toBe(200)
    expect((await ask(domain, '/oauth/token', { form: form('https://evil.example/') })).status).toBe(401)
  })

  test('is where a DPoP proof may be made for', async () => {
    await server.manage('POST', '/client-grants', {
      client_id,
      audience: 'https://bound.example.com/',
      scope: ['read:orders'],
    })
    const key = newProofKey()
    const form = { ...credentials, audience: 'https://bound.example.com/' }
    const prove = (htu: string) => ({ dpop: dpopProof(key, proofClaims(Date.now(), { htu })) })
    const bound = await ask(domain, '/oauth/token', { form, headers: prove(`https://${domain}/oauth/token`) })
    expect([bound.status, bound.claims.cnf]).toEqual([200, { jkt: key.thumbprint }])
    const refused = await ask(domain, '/oauth/token', { form, headers: prove('https://evil.example/oauth/token') })
    expect(refused.body.error).toBe('invalid_dpop_proof')
  })

  test('is nobody’s any more once it is deleted: no issuer, no audience, and its tokens are none', async () => {
    const { body } = await ask(domain, '/oauth/token', { form: { ...manager(), audience: alias } })
    const headers = { authorization: `Bearer ${body.access_token}` }
    expect((await server.manage('DELETE', `/custom-domains/${id}`)).status).toBe(204)
    expect((await ask(domain, '/oauth/token', { form: credentials })).claims.iss).toBe('https://auth.example.com/')
    expect((await ask(domain, '/oauth/token', { form: { ...manager(), audience: alias } })).status).toBe(403)
    expect((await ask(domain, '/api/v2/tenants/settings', { headers })).status).toBe(401)
  })
})

test('a custom domain that waits for its verification is nobody’s yet', async () => {
  const server = await openServer()
  await server.manage('POST', '/custom-domains', { domain, type: 'self_managed_certs' })
  const { client_id, client_secret } = server.managementClient
  const answer = await server.token({ client_id, client_secret, audience: alias })
  expect(answer.status).toBe(403)
  await server.close()
})
