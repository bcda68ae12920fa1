import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openServer, type TestServer } from '../../support/server.ts'
import { audience, billing, handler } from '../../support/tenant.ts'

describe('clients of the Management API', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await openServer({
      actions: [handler("api.accessToken.setCustomClaim('https://example.com/team', event.client.metadata.team)")],
    })
  })
  afterAll(() => server.close())

  const create = async (body: object) => {
    const answer = await server.manage('POST', '/clients', body)
    if (answer.status !== 201) throw new Error(answer.text)
    return answer.body
  }
  const get = async (client_id: unknown, query = '') => {
    const { status, body } = await server.manage('GET', `/clients/${client_id}${query}`)
    return { status, body }
  }
  const patch = async (client_id: unknown, body: object) => {
    const { status, body: answer } = await server.manage('PATCH', `/clients/${client_id}`, body)
    return { status, body: answer }
  }
  const grant = (client_id: unknown) =>
    server.manage('POST', '/client-grants', { client_id, audience, scope: ['read:orders'] })

  test('a client that names nothing but itself has the defaults, and shows them again', async () => {
    const { encrypted, ...made } = await create({ name: 'Plain' })
    expect(encrypted).toBe(true)
    expect(made).toEqual({
      tenant: 'example',
      global: false,
      name: 'Plain',
      client_id: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      client_secret: expect.stringMatching(/^[\w-]{64}$/),
      is_first_party: true,
      oidc_conformant: false,
      is_token_endpoint_ip_header_trusted: false,
      sso_disabled: false,
      cross_origin_auth: false,
      cross_origin_authentication: false,
      callback_url_template: false,
      custom_login_page_on: true,
      grant_types: ['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
      jwt_configuration: { lifetime_in_seconds: 36_000, secret_encoded: false },
      refresh_token: {
        rotation_type: 'non-rotating',
        expiration_type: 'non-expiring',
        leeway: 0,
        infinite_token_lifetime: true,
        infinite_idle_token_lifetime: true,
        token_lifetime: 2_592_000,
        idle_token_lifetime: 1_296_000,
      },
      signing_keys: [
        {
          cert: expect.stringContaining('BEGIN CERTIFICATE'),
          pkcs7: expect.stringContaining('BEGIN PKCS7'),
          subject: 'deprecated',
        },
      ],
    })
    expect(await get(made.client_id)).toEqual({ status: 200, body: made })
  })

  test('the signing certificate of a client is the one that the tenant signs with', async () => {
    const { client_id } = await create({ name: 'Certified' })
    const { text: pem } = await server.send('/pem')
    const { body } = await get(client_id, '?fields=signing_keys')
    const [{ cert }] = body.signing_keys as [{ cert: string }]
    expect(new X509Certificate(cert).fingerprint256).toBe(new X509Certificate(pem).fingerprint256)
  })

  test.each([
    [
      'a public client has no client_credentials',
      { token_endpoint_auth_method: 'none' },
      {
        grant_types: ['authorization_code', 'implicit', 'refresh_token'],
        refresh_token: { token_lifetime: 2_592_000 },
      },
    ],
    ['a client that stands for an API has no grant type', { app_type: 'resource_server' }, { grant_types: [] }],
    [
      'a client whose secret is asked for has longer refresh tokens',
      { token_endpoint_auth_method: 'client_secret_post' },
      { refresh_token: { token_lifetime: 31_557_600, idle_token_lifetime: 2_592_000 } },
    ],
    [
      'a part of jwt_configuration leaves the rest as it is by default',
      { jwt_configuration: { alg: 'RS256' } },
      { jwt_configuration: { alg: 'RS256', lifetime_in_seconds: 36_000, secret_encoded: false } },
    ],
    [
      'tokens of a third-party client live an hour',
      { is_first_party: false },
      { jwt_configuration: { lifetime_in_seconds: 3_600, secret_encoded: false } },
    ],
    ['grant types that are named are the only ones', { grant_types: [] }, { grant_types: [] }],
  ])('%s', async (name, given, expected) => {
    const { client_id } = await create({ name, ...given })
    expect((await get(client_id)).body).toMatchObject({ ...given, ...expected })
  })

  test('a client made here gets a token at once, and none once it is deleted', async () => {
    const { client_id, client_secret } = await create({ name: 'Short-lived', app_type: 'non_interactive' })
    await grant(client_id)
    expect((await server.token({ client_id, client_secret })).claims).toMatchObject({
      azp: client_id,
      scope: 'read:orders',
    })
    expect(await server.manage('DELETE', `/clients/${client_id}`)).toMatchObject({ status: 204, text: '' })
    expect((await server.token({ client_id, client_secret })).status).toBe(401)
    expect(await get(client_id)).toEqual({
      status: 404,
      body: {
        statusCode: 404,
        error: 'Not Found',
        message: 'The client does not exist',
        errorCode: 'inexistent_client',
      },
    })
    expect((await server.manage('DELETE', `/clients/${client_id}`)).status).toBe(204)
  })

  test('with a client its grants and credentials go', async () => {
    const { client_id } = await create({ name: 'With a grant' })
    const { body: granted } = await grant(client_id)
    await server.manage('DELETE', `/clients/${client_id}`)
    expect((await server.manage('GET', `/client-grants/${granted.id}`)).status).toBe(404)
    expect((await server.manage('GET', `/clients/${client_id}/credentials`)).status).toBe(404)
  })

  test('of a patch null takes away, metadata is merged, and what is not named stays', async () => {
    const { client_id } = await create({
      name: 'Patched',
      description: 'kept',
      callbacks: ['https://app.example.com/callback'],
      token_quota: { client_credentials: { per_hour: 10 } },
      client_metadata: { team: 'billing', region: 'eu' },
      jwt_configuration: { alg: 'RS256' },
    })
    const { status, body } = await patch(client_id, {
      token_quota: null,
      refresh_token: null,
      encryption_key: null,
      client_metadata: { region: null, tier: 'gold' },
      jwt_configuration: { lifetime_in_seconds: 60 },
      callbacks: [],
    })
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        description: 'kept',
        callbacks: [],
        client_metadata: { team: 'billing', tier: 'gold' },
        jwt_configuration: { alg: 'RS256', lifetime_in_seconds: 60, secret_encoded: false },
      },
    })
    expect(body.client_metadata).not.toHaveProperty('region')
    expect(body).not.toHaveProperty('token_quota')
    expect(body).not.toHaveProperty('refresh_token')
    expect((await get(client_id)).body).toEqual(body)
  })

  test('of two patches at once none is lost', async () => {
    const { client_id } = await create({ name: 'Contended' })
    const keys = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(keys.map((key) => patch(client_id, { client_metadata: { [key]: key } })))
    const { body } = await get(client_id, '?fields=client_metadata')
    expect(body).toEqual({ client_metadata: Object.fromEntries(keys.map((key) => [key, key])) })
  })

  test('a secret that the caller chose is the one that counts', async () => {
    const { client_id, client_secret: before } = await create({ name: 'Chosen secret' })
    await grant(client_id)
    const client_secret = 'chosen-by-the-caller-LUFqPx+sRLjbL7peYRPFmFu'
    expect((await patch(client_id, { client_secret })).body).toMatchObject({ client_secret })
    expect((await server.token({ client_id, client_secret })).status).toBe(200)
    expect((await server.token({ client_id, client_secret: before })).status).toBe(401)
  })

  test('a public client is refused its token, and gets one again once it has a secret to send', async () => {
    const { client_id, client_secret } = await create({ name: 'Switched', grant_types: ['client_credentials'] })
    await grant(client_id)
    await patch(client_id, { token_endpoint_auth_method: 'none', grant_types: [] })
    expect((await server.token({ client_id, client_secret })).status).toBe(403)
    await patch(client_id, {
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
    })
    expect((await server.token({ client_id, client_secret })).status).toBe(200)
  })

  test('an Action sees the metadata with the next token', async () => {
    const { client_id, client_secret } = await create({ name: 'Seen', client_metadata: { team: 'billing' } })
    await grant(client_id)
    const claim = async () => (await server.token({ client_id, client_secret })).claims['https://example.com/team']
    expect(await claim()).toBe('billing')
    await patch(client_id, { client_metadata: { team: 'orders' } })
    expect(await claim()).toBe('orders')
  })

  test('metadata has ten texts at most, counted once they are merged', async () => {
    const { client_id } = await create({ name: 'Metadata', client_metadata: { kept: 'x', left: null } })
    expect((await get(client_id, '?fields=client_metadata')).body).toEqual({ client_metadata: { kept: 'x' } })
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`key-${index}`, 'value']))
    expect(await patch(client_id, { client_metadata: ten })).toMatchObject({
      status: 400,
      body: {
        message:
          "Payload validation error: 'Too many properties defined (11), maximum 10' on property client_metadata.",
      },
    })
    expect((await patch(client_id, { client_metadata: { ...ten, kept: null } })).status).toBe(200)
  })

  test('the global client is there, shows what it is, and can be given a login page', async () => {
    const { body: all } = await server.manage('GET', '/clients?is_global=true&include_totals=true')
    expect(all).toMatchObject({ start: 0, total: 1, clients: [{ global: true, name: 'All Applications' }] })
    const [{ client_id }] = all.clients as [{ client_id: string }]
    const { body } = await get(client_id)
    expect(body).toMatchObject({ global: true, callbacks: [], is_first_party: true })
    expect(body).not.toHaveProperty('app_type')
    expect(body).not.toHaveProperty('grant_types')
    expect(await patch(client_id, { custom_login_page: '<html></html>', custom_login_page_on: true })).toMatchObject({
      status: 200,
      body: { custom_login_page: '<html></html>' },
    })
    expect(await server.manage('DELETE', `/clients/${client_id}`)).toMatchObject({
      status: 400,
      body: { message: 'Global client cannot be deleted.' },
    })
    for (const change of [{ grant_types: ['client_credentials'] }, { client_secret: 'a secret' }, { name: 'Another' }])
      expect((await patch(client_id, change)).status).toBe(400)
    expect((await server.manage('POST', `/clients/${client_id}/rotate-secret`)).status).toBe(400)
    expect((await server.token({ client_id, client_secret: 'a secret' })).status).toBe(401)
  })

  test('a client has no connections, in either style', async () => {
    const path = `/clients/${billing.client_id}/connections`
    expect((await server.manage('GET', `${path}?take=50&strategy=auth0&strategy=oidc`)).body).toEqual({
      connections: [],
    })
    expect((await server.manage('GET', `${path}?include_totals=true&per_page=50`)).body).toEqual({
      start: 0,
      limit: 50,
      total: 0,
      connections: [],
    })
    expect((await server.manage('GET', '/clients/nobody/connections')).status).toBe(404)
  })

  test('the client that calls may delete itself', async () => {
    const { client_id, client_secret } = await create({ name: 'Manager', app_type: 'non_interactive' })
    await server.manage('POST', '/client-grants', {
      client_id,
      audience: server.managementClient.audience,
      scope: ['delete:clients', 'read:clients'],
    })
    const token = await server.token({ client_id, client_secret, audience: server.managementClient.audience })
    const authorization = `Bearer ${token.body.access_token}`
    const { status } = await server.manage('DELETE', `/clients/${client_id}`, undefined, { authorization })
    expect(status).toBe(204)
    expect((await get(client_id)).status).toBe(404)
  })
})
